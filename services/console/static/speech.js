// @ts-check
/** Cues aloud: a voice of the page's language where the device has one, tones otherwise. Starts with a person's touch. */

const TONES = { info: [660], count: [880], change: [660, 990], warning: [440, 440, 440] };
const TONE_S = 0.16;
/** No warning is longer; a voice that never says that it has ended holds nothing up for longer. */
const WARNING_MAX_MS = 8_000;

export class Speech {
  /** @param {string} language */
  constructor(language) {
    this.language = language;
    this.on = false;
    /** @type {AudioContext | null} */
    this.audio = null;
    this.warningUntil = 0;
    /** The newest that waits for the end of a warning. @type {[string, string] | null} */
    this.waiting = null;
  }

  /** Browsers allow sound only after a touch: this is called by one. */
  toggle() {
    this.on = !this.on;
    if (this.on && !this.audio && "AudioContext" in window) this.audio = new AudioContext();
    if (!this.on) this.#ended(false);
    if (!this.on) window.speechSynthesis?.cancel();
    return this.on;
  }

  /** @returns {SpeechSynthesisVoice | undefined} */
  voice() {
    return window.speechSynthesis?.getVoices().find((voice) => voice.lang.toLowerCase().startsWith(this.language));
  }

  /** The newest cue interrupts the one before: it is about now. A warning is said to its end first. @param {string} text
   * @param {string} tone */
  say(text, tone) {
    if (!this.on || !text) return;
    const voice = this.voice();
    if (!voice) {
      this.#beep(TONES[/** @type {keyof typeof TONES} */ (tone)] ?? TONES.info);
      return;
    }
    if (tone !== "warning" && performance.now() < this.warningUntil) {
      this.waiting = [text, tone];
      return;
    }
    window.speechSynthesis.cancel();
    this.warningUntil = tone === "warning" ? performance.now() + WARNING_MAX_MS : 0;
    this.#speak(text, voice, tone === "warning" ? () => this.#ended(true) : null);
  }

  /** After what is being said: why something happened. @param {string} text */
  add(text) {
    const voice = this.voice();
    if (this.on && voice && text) this.#speak(text, voice, null);
  }

  /** @param {string} text @param {SpeechSynthesisVoice} voice @param {(() => void) | null} ended */
  #speak(text, voice, ended) {
    const words = new SpeechSynthesisUtterance(text);
    words.lang = this.language;
    words.voice = voice;
    if (ended) words.onend = ended;
    window.speechSynthesis.speak(words);
  }

  /** @param {boolean} go */
  #ended(go) {
    const next = this.waiting;
    this.warningUntil = 0;
    this.waiting = null;
    if (go && next) this.say(...next);
  }

  /** @param {number[]} tones */
  #beep(tones) {
    const audio = this.audio;
    if (!audio) return;
    tones.forEach((frequency, n) => {
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.frequency.value = frequency;
      volume.gain.value = 0.2;
      tone.connect(volume).connect(audio.destination);
      tone.start(audio.currentTime + n * TONE_S * 1.5);
      tone.stop(audio.currentTime + n * TONE_S * 1.5 + TONE_S);
    });
  }
}
