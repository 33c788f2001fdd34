// Recording in the browser: what the microphone heard as a WAV file (16 bits, one channel, 16 kHz) that any exchange plays.

const RATE = 16000;
/** The server refuses what is longer. */
export const LONGEST_SECONDS = 180;

export interface Recording {
  stop: () => Promise<File>;
  cancel: () => void;
}

/** Starts at once; throws when there is no microphone or it may not be used. */
export async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, noiseSuppression: true, echoCancellation: false },
  });
  const recorder = new MediaRecorder(stream);
  const parts: Blob[] = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const silence = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  const timer = setTimeout(() => recorder.state === "recording" && recorder.stop(), LONGEST_SECONDS * 1000);
  recorder.start();
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        clearTimeout(timer);
        const finish = () => {
          silence();
          asWav(new Blob(parts, { type: recorder.mimeType })).then(resolve, reject);
        };
        if (recorder.state === "inactive") return finish();
        recorder.onstop = finish;
        recorder.stop();
      }),
    cancel: () => {
      clearTimeout(timer);
      if (recorder.state !== "inactive") recorder.stop();
      silence();
    },
  };
}

async function asWav(blob: Blob): Promise<File> {
  const context = new AudioContext();
  try {
    const heard = await context.decodeAudioData(await blob.arrayBuffer());
    const offline = new OfflineAudioContext(1, Math.max(1, Math.ceil(heard.duration * RATE)), RATE);
    const source = offline.createBufferSource();
    source.buffer = heard;
    source.connect(offline.destination);
    source.start();
    const samples = (await offline.startRendering()).getChannelData(0);
    return new File([wav(samples, RATE)], "inspelning.wav", { type: "audio/wav" });
  } finally {
    void context.close();
  }
}

/** Samples from -1 to 1 as a WAV file. */
export function wav(samples: Float32Array, rate: number): ArrayBuffer {
  const file = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const word = (at: number, text: string) => {
    for (let n = 0; n < text.length; n++) file.setUint8(at + n, text.charCodeAt(n));
  };
  word(0, "RIFF");
  file.setUint32(4, 36 + samples.length * 2, true);
  word(8, "WAVEfmt ");
  file.setUint32(16, 16, true);
  file.setUint16(20, 1, true);
  file.setUint16(22, 1, true);
  file.setUint32(24, rate, true);
  file.setUint32(28, rate * 2, true);
  file.setUint16(32, 2, true);
  file.setUint16(34, 16, true);
  word(36, "data");
  file.setUint32(40, samples.length * 2, true);
  samples.forEach((sample, n) => {
    file.setInt16(44 + n * 2, Math.max(-1, Math.min(1, sample)) * 32767, true);
  });
  return file.buffer as ArrayBuffer;
}
