import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

/** The browser's own player, which every keyboard and screen reader knows, under what the sound looks like. */
export function Player({
  url,
  peaks,
  seconds: length,
  label,
  lazy = false,
}: {
  url: string;
  peaks: number[];
  seconds: number;
  label: string;
  /** Nothing is fetched before somebody presses play: each listening is journalled. */
  lazy?: boolean;
}) {
  const audio = useRef<HTMLAudioElement>(null);
  const heard = useSignal(0);
  const seconds = length || 1;
  const seek = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    if (audio.current) audio.current.currentTime = ((event.clientX - box.left) / box.width) * seconds;
  };
  return (
    <div class="player">
      {peaks.length > 0 && (
        <svg
          class="waveform"
          viewBox={`0 0 ${peaks.length} 100`}
          preserveAspectRatio="none"
          aria-hidden="true"
          onClick={seek}
        >
          {peaks.map((peak, place) => {
            const height = Math.max(3, peak);
            const isHeard = place / peaks.length < heard.value / seconds;
            return (
              <rect
                key={`${place}-${peaks.length}`}
                class={isHeard ? "heard" : ""}
                x={place}
                width={0.7}
                y={(100 - height) / 2}
                height={height}
              />
            );
          })}
        </svg>
      )}
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down yet what was said */}
      <audio
        ref={audio}
        controls
        preload={lazy ? "none" : "metadata"}
        src={url}
        aria-label={label}
        onTimeUpdate={() => {
          heard.value = audio.current?.currentTime ?? 0;
        }}
      />
    </div>
  );
}
