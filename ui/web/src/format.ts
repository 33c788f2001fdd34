// Times and numbers as people read them, in the chosen language.
import { language } from "./i18n";

const locale = () => (language.value === "sv" ? "sv-SE" : "en-GB");

/** `0:37`, `12:05`, `3 h 20`, `2 d 4 h`: short, and of the same kind for the same length. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 3600) return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${String(Math.floor((s % 3600) / 60)).padStart(2, "0")}`;
  return `${Math.floor(s / 86_400)} d ${Math.floor((s % 86_400) / 3600)} h`;
}

/** The same in words for a screen reader. */
export function spoken(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const units: [number, string, string][] = [
    [86_400, "dygn", "days"],
    [3600, "timmar", "hours"],
    [60, "minuter", "minutes"],
    [1, "sekunder", "seconds"],
  ];
  const [size, sv, en] = units.find(([size]) => s >= size * 2) ?? [1, "sekunder", "seconds"];
  return `${Math.floor(s / size)} ${language.value === "sv" ? sv : en}`;
}

export function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString(locale(), { hour: "2-digit", minute: "2-digit" });
}

/** Today: the time; otherwise the day and the time. */
export function moment(iso: string): string {
  const then = new Date(iso);
  const today = new Date().toDateString() === then.toDateString();
  if (today) return clock(iso);
  const day: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  if (then.getFullYear() !== new Date().getFullYear()) day.year = "numeric";
  return `${then.toLocaleDateString(locale(), day)} ${clock(iso)}`;
}

export function percent(share: number | null): string {
  return share === null ? "–" : `${Math.round(share * 100)} %`;
}

export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  return size < 1 << 20 ? `${Math.round(size / 1024)} kB` : `${(size / (1 << 20)).toFixed(1)} MB`;
}

/** A Swedish number as it is written; others as they are. */
export function phone(number: string): string {
  const swedish = /^\+46(\d{7,10})$/.exec(number);
  if (!swedish?.[1]) return number;
  const digits = `0${swedish[1]}`;
  const area = digits.startsWith("08") ? 2 : 3;
  const rest = digits
    .slice(area)
    .replace(/(\d{2,3})(?=(\d{2})+$)/, "$1 ")
    .replace(/(\d{2})(?=\d{2}$)/, "$1 ");
  return `${digits.slice(0, area)}-${rest.replace(/\s+/g, " ")}`;
}
