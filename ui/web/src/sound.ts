// Two soft notes that say: something is offered. Made here, so that nothing has to be fetched.

const NOTES = [660, 880] as const;
const LENGTH = 0.16;
const LOUD = 0.08;

let player: AudioContext | null = null;

export function chime(): void {
  player ??= new AudioContext();
  const begins = player.currentTime;
  for (const [place, pitch] of NOTES.entries()) {
    const tone = player.createOscillator();
    const volume = player.createGain();
    const from = begins + place * LENGTH;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(LOUD, from + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + LENGTH * 1.6);
    tone.connect(volume).connect(player.destination);
    tone.start(from);
    tone.stop(from + LENGTH * 2);
  }
}
