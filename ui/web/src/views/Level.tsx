import { useEffect, useRef } from "preact/hooks";
import { meter } from "../headset";

/** How loud a stream is, as a bar. Drawn past the signals: it changes many times a second. */
export function Level({ stream, label, small }: { stream: MediaStream; label: string; small?: boolean }) {
  const bar = useRef<HTMLMeterElement>(null);
  useEffect(() => {
    const { level, end } = meter(stream);
    const timer = setInterval(() => {
      if (bar.current) bar.current.value = level();
    }, 100);
    return () => {
      clearInterval(timer);
      end();
    };
  }, [stream]);
  return (
    <meter
      class={`level ${small ? "small" : ""}`}
      min={0}
      max={1}
      ref={bar}
      aria-label={label}
      title={label}
    />
  );
}
