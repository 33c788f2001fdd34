import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { duration, phone } from "../format";
import { t } from "../i18n";
import type { ContactRow, FileRow } from "../wire";
import { CardHead } from "./Cards";

/** What a caller left without anybody's help: a message to listen to, or a wish to be called back. */
export function Voicemail({ contact }: { contact: ContactRow }) {
  const message = contact.files.find((file) => file.role === "voicemail");
  return (
    <article class="card voicemail" tabIndex={-1} data-testid="voicemail">
      <CardHead contact={contact} title={t(message ? "voicemail" : "callWish")} />
      <p>
        <strong class="number">{phone(contact.sender) || t("hiddenNumber")}</strong>
        {message && ` · ${duration(Number(contact.facts.seconds ?? 0))}`}
      </p>
      {message?.url && <Player file={message} url={message.url} />}
    </article>
  );
}

/** The browser's own player, which every keyboard and screen reader knows, under what the message looks like. */
function Player({ file, url }: { file: FileRow; url: string }) {
  const audio = useRef<HTMLAudioElement>(null);
  const heard = useSignal(0);
  const peaks = Array.isArray(file.facts.peaks) ? (file.facts.peaks as number[]) : [];
  const seconds = Number(file.facts.seconds ?? 0) || 1;
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
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down yet what the caller said */}
      <audio
        ref={audio}
        controls
        preload="metadata"
        src={url}
        aria-label={t("voicemail")}
        onTimeUpdate={() => {
          heard.value = audio.current?.currentTime ?? 0;
        }}
      />
    </div>
  );
}
