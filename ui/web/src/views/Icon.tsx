import type { Channel } from "../wire";

const PATHS = {
  phone:
    "M6.6 3.5 9 4l1 4-2 1.5a11 11 0 0 0 6.5 6.5l1.5-2 4 1 .5 2.4c.2 1.1-.7 2.1-1.8 2.1A15.7 15.7 0 0 1 4.500 5.300c0-1.100 1-2 2.100-1.800z",
  callback:
    "M20 15.500v2.400c0 .9-.8 1.600-1.700 1.600A15 15 0 0 1 4.500 5.700C4.500 4.800 5.200 4 6.100 4h2.400l1 4-2 1.500a11 11 0 0 0 5.500 5.500l1.500-2zM14 4h6v6M20 4l-6.500 6.500",
  email: "M3.500 6h17v12h-17zM3.500 6.500l8.500 6.500 8.500-6.500",
  post: "M5 3.500h9l5 5v12H5zM14 3.500v5h5M8.500 12.500h7M8.500 16h7",
  web: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM3.500 12h17M12 3.500c3 3 3 14 0 17M12 3.500c-3 3-3 14 0 17",
  note: "M5 4h14v11l-5 5H5zM14 20v-5h5",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500 20.500 20.500",
  help: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.7.3-1 .8-1 1.700M12 16.600v.2",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6 6 18",
  file: "M6 3.500h8l4.500 4.500v12.500H6zM14 3.500V8h4.500",
  check: "M5 12.500l4.500 4.500L19 7.500",
  out: "M13 5h6v14h-6M4 12h10M10.500 8.500 14 12l-3.500 3.500",
  theme: "M12 3.500a8.500 8.500 0 1 0 8.500 8.500A6.500 6.500 0 0 1 12 3.500z",
  lock: "M6 11h12v9H6zM8.500 11V8a3.500 3.500 0 0 1 7 0v3",
  clock: "M12 3.500a8.500 8.500 0 1 0 0 17 8.500 8.500 0 0 0 0-17zM12 7.500V12l3 2",
  flag: "M6 20.500V4h11l-2.500 4L17 12H6",
  person: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.500 20.500a7.500 7.500 0 0 1 15 0",
  down: "M6 9.500l6 6 6-6",
  back: "M14.500 5.500 8 12l6.500 6.500",
  warn: "M12 4 2.500 20h19zM12 10v4.500M12 17.200v.2",
  mute: "M12 3.500a2.800 2.800 0 0 0-2.800 2.800v5a2.800 2.800 0 0 0 5.600 0v-5A2.800 2.800 0 0 0 12 3.500zM6 11.500a6 6 0 0 0 12 0M12 17.500v3M4 4l16 16",
  hold: "M8.500 5v14M15.500 5v14",
  keypad:
    "M6.500 6h.1M12 6h.1M17.500 6h.1M6.500 12h.1M12 12h.1M17.500 12h.1M6.500 18h.1M12 18h.1M17.500 18h.1",
  menu: "M4 7h16M4 12h16M4 17h16",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      class={`icon icon-${name}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}

export function ChannelIcon({ channel }: { channel: Channel }) {
  return (
    <span class={`channel channel-${channel}`}>
      <Icon name={channel} size={17} />
    </span>
  );
}
