"""What no broker may say to a client, one of each kind."""

import mqtt5

GOOD = mqtt5.PublishPacket("t", b"good").write()

HOSTILE = {
    "a topic that is no text": b"\x30\x06\x00\x02\xff\xfe\x00x",
    "a property that is no text": b"\x30\x0d\x00\x01t\x09\x26\x00\x02\xff\xfe\x00\x02\xff\xfe",
    "a reason that is no text": b"\xe0\x07\x80\x05\x1f\x00\x02\xff\xfe",
    "a surrogate in a topic": b"\x30\x07\x00\x03\xed\xa0\x80\x00x",
    "a kind that is none": b"\x00\x00",
    "a length that is none": b"\x30\xff\xff\xff\xff\x7f",
    "a longer packet than anybody takes": b"\x30\xff\xff\xff\x7f" + bytes(64),
    "QoS 3": b"\x36\x06\x00\x01t\x00\x01\x00",
    "QoS 2": mqtt5.PublishPacket("t", b"x", qos=mqtt5.QoS.EXACTLY_ONCE, packet_id=1).write(),
    "a message without its identifier": b"\x32\x06\x00\x01t\x00\x00\x00",
    "a topic alias": b"\x30\x07\x00\x01t\x03\x23\x00\x01",
    "a length of properties beyond the packet": b"\x30\x04\x00\x01t\x7f",
    "a property twice": b"\x30\x09\x00\x01t\x05\x01\x01\x01\x01x",
    "a second welcome": mqtt5.ConnAckPacket().write(),
    "a client's word": mqtt5.ConnectPacket("x").write(),
    "a client's ping": mqtt5.PingReqPacket().write(),
    "an answer to what nobody asked": b"\xf0\x02\x18\x00",
    "half of QoS 2": mqtt5.PubRecPacket(1).write(),
    "the other half of QoS 2": mqtt5.PubRelPacket(1).write(),
    "a subscription that was never ended": mqtt5.UnsubAckPacket(1, []).write(),
}
