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

const UNITS = [
  { size: 86_400, sv: ["dygn", "dygn"], en: ["day", "days"] },
  { size: 3600, sv: ["timme", "timmar"], en: ["hour", "hours"] },
  { size: 60, sv: ["minut", "minuter"], en: ["minute", "minutes"] },
  { size: 1, sv: ["sekund", "sekunder"], en: ["second", "seconds"] },
] as const;

/** The same in words for a screen reader: the largest unit only. */
export function spoken(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  const unit = UNITS.find(({ size }) => s >= size) ?? UNITS[3];
  const count = Math.floor(s / unit.size);
  return `${count} ${unit[language.value][count === 1 ? 0 : 1]}`;
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

// Area codes of three digits, mobile ones among them; 08 has two and all others four (Post- och telestyrelsen).
const THREE = new Set(
  "010 011 013 016 018 019 020 021 023 026 031 033 035 036 040 042 044 046 054 060 063 070 072 073 076 077 079 090".split(
    " ",
  ),
);
const GROUPS: Record<number, RegExp> = {
  5: /^(...)(..)$/,
  6: /^(..)(..)(..)$/,
  7: /^(...)(..)(..)$/,
  8: /^(...)(...)(..)$/,
};

/** A Swedish number as it is written in Sweden; everything else as it is. */
export function phone(number: string): string {
  const national = /^\+46(\d{7,10})$/.exec(number)?.[1];
  if (!national) return number;
  const digits = `0${national}`;
  const area = digits.startsWith("08") ? 2 : THREE.has(digits.slice(0, 3)) ? 3 : 4;
  const rest = digits.slice(area);
  const groups = GROUPS[rest.length]?.exec(rest)?.slice(1) ?? [rest];
  return `${digits.slice(0, area)}-${groups.join(" ")}`;
}
