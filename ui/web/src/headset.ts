// Microphone, loudspeaker and bell: which devices, how loud, and the tone that rings.
import { effect, signal } from "@preact/signals";

export interface Choice {
  microphone: string;
  speaker: string;
  /** Where it rings: often the loudspeaker of the computer, while the headset lies on the table. */
  bell: string;
  volume: number;
}

const DEFAULTS: Choice = { microphone: "", speaker: "", bell: "", volume: 1 };

function remembered(): Choice {
  try {
    return { ...DEFAULTS, ...JSON.parse(localStorage.getItem("telephone-devices") ?? "{}") };
  } catch {
    return DEFAULTS;
  }
}

/** Kept by this browser, for this place of work. */
export const choice = signal<Choice>(remembered());
effect(() => localStorage.setItem("telephone-devices", JSON.stringify(choice.value)));

export const devices = signal<MediaDeviceInfo[]>([]);

export async function lookForDevices(): Promise<void> {
  devices.value = await navigator.mediaDevices.enumerateDevices().catch(() => []);
}

export const canHear = (): boolean => !!navigator.mediaDevices?.getUserMedia && isSecureContext;

/** The microphone that was chosen; when it has been unplugged, whichever there is. Rejects when none is allowed. */
export async function microphone(): Promise<MediaStream> {
  const wanted = {
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
  };
  const chosen = choice.value.microphone;
  const one = (audio: MediaTrackConstraints) => navigator.mediaDevices.getUserMedia({ audio });
  const stream = await one(chosen ? { ...wanted, deviceId: { ideal: chosen } } : wanted);
  void lookForDevices();
  return stream;
}

export function release(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

async function lead(player: HTMLAudioElement, device: string): Promise<void> {
  // Not in every browser; and a device that is unplugged is not there. Then the usual one is heard.
  await (player as Partial<HTMLAudioElement>).setSinkId?.call(player, device).catch(() => undefined);
}

const ear = new Audio();
ear.autoplay = true;

/** Let `stream` be heard in the chosen loudspeaker. */
export async function hear(stream: MediaStream | null): Promise<void> {
  ear.srcObject = stream;
  ear.volume = choice.value.volume;
  if (!stream) return;
  await lead(ear, choice.value.speaker);
  await ear.play().catch(() => undefined);
}
effect(() => {
  const { volume, speaker } = choice.value;
  ear.volume = volume;
  if (ear.srcObject) void lead(ear, speaker);
});

let context: AudioContext | null = null;
export function audio(): AudioContext {
  context ??= new AudioContext();
  if (context.state === "suspended") void context.resume();
  return context;
}

const bell = new Audio();
let stopRinging: (() => void) | null = null;

/** Ring until told otherwise: a second of 425 Hz in every four, as telephones here do. */
export function ring(isOn: boolean): void {
  if (!isOn) {
    stopRinging?.();
    stopRinging = null;
    return;
  }
  if (stopRinging) return;
  const player = audio();
  const out = player.createMediaStreamDestination();
  const tone = player.createOscillator();
  const loud = player.createGain();
  tone.frequency.value = 425;
  loud.gain.value = 0;
  tone.connect(loud).connect(out);
  tone.start();
  const sound = () => {
    const at = player.currentTime;
    loud.gain.setTargetAtTime(0.25, at, 0.02);
    loud.gain.setTargetAtTime(0, at + 1, 0.02);
  };
  sound();
  const again = setInterval(sound, 4000);
  bell.srcObject = out.stream;
  void lead(bell, choice.value.bell).then(() => bell.play().catch(() => undefined));
  stopRinging = () => {
    clearInterval(again);
    tone.stop();
    bell.pause();
    bell.srcObject = null;
  };
}

/** How loud a stream is, 0 to 1, asked as often as it is shown. Call `end` when nobody looks any more. */
export function meter(stream: MediaStream): { level: () => number; end: () => void } {
  const source = audio().createMediaStreamSource(stream);
  const look = audio().createAnalyser();
  look.fftSize = 512;
  source.connect(look);
  const samples = new Float32Array(look.fftSize);
  return {
    level: () => {
      look.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const one of samples) sum += one * one;
      // Decibels, so that speech fills the meter and silence does not.
      const loud = 20 * Math.log10(Math.sqrt(sum / samples.length) || 1e-6);
      return Math.min(1, Math.max(0, (loud + 60) / 54));
    },
    end: () => source.disconnect(),
  };
}
