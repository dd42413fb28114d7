// @ts-check
/** Cues aloud: a voice of the page's language where the device has one, tones otherwise. Starts with a person's touch. */

const TONES = { info: [660], count: [880], change: [660, 990], warning: [440, 440, 440] };
const TONE_S = 0.16;

export class Speech {
  /** @param {string} language */
  constructor(language) {
    this.language = language;
    this.on = false;
    /** @type {AudioContext | null} */
    this.audio = null;
  }

  /** Browsers allow sound only after a touch: this is called by one. */
  toggle() {
    this.on = !this.on;
    if (this.on && !this.audio && "AudioContext" in window) this.audio = new AudioContext();
    if (!this.on) window.speechSynthesis?.cancel();
    return this.on;
  }

  /** @returns {SpeechSynthesisVoice | undefined} */
  voice() {
    return window.speechSynthesis?.getVoices().find((voice) => voice.lang.toLowerCase().startsWith(this.language));
  }

  /** The newest cue interrupts the one before: it is about now. @param {string} text @param {string} tone */
  say(text, tone) {
    if (!this.on) return;
    const voice = this.voice();
    if (!voice) {
      this.#beep(TONES[/** @type {keyof typeof TONES} */ (tone)] ?? TONES.info);
      return;
    }
    window.speechSynthesis.cancel();
    const words = new SpeechSynthesisUtterance(text);
    words.lang = this.language;
    words.voice = voice;
    window.speechSynthesis.speak(words);
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
