import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { duration } from "../format";
import { t, tCode } from "../i18n";
import { act, dialog, now, offers, state } from "../store";
import {
  answer,
  hangUp,
  hold,
  mute,
  type OnLine,
  onLine,
  press,
  quality,
  spoken,
  status,
  turnOn,
} from "../telephone";
import { Icon } from "./Icon";
import { Level } from "./Level";

/** The telephone in the top bar: what it does now, and what can be done with the call. */
export function PhoneBar() {
  const call = onLine.value;
  if (status.value === "none") return null;
  return (
    <section
      class={`telephone ${call ? `on-line ${call.stage}` : ""}`}
      aria-label={t("telephone")}
      data-testid="telephone"
      data-status={status.value}
      data-stage={call?.stage ?? ""}
    >
      {status.value === "off" ? <TurnOn /> : <Settings />}
      {call && (call.stage === "ringing" ? <Ringing /> : <Talking call={call} />)}
      <span class="hidden" role="status">
        {said(call)}
      </span>
    </section>
  );
}

/** What a screen reader is told when it changes. */
function said(call: OnLine | null): string {
  if (!call) return tCode("phone", status.value);
  const about = [call.held && t("phone_held"), call.muted && t("phone_muted")].filter(Boolean);
  const bad = quality.value === "good" ? "" : tCode("quality", quality.value);
  return [call.isTest ? t("phone_test") : tCode("phone", call.stage), ...about, bad]
    .filter(Boolean)
    .join(". ");
}

function TurnOn() {
  return (
    <button type="button" class="tool" data-testid="telephone-on" onClick={() => void turnOn()}>
      <Icon name="phone" /> <span class="always">{t("phoneTurnOn")}</span>
    </button>
  );
}

function Settings() {
  const text = tCode("phone", status.value);
  const isWell = status.value === "ready";
  return (
    <button
      type="button"
      class={`tool phone-state phone-${status.value}`}
      aria-label={`${t("phoneSettings")}: ${text}`}
      title={text}
      aria-haspopup="dialog"
      data-testid="telephone-settings"
      onClick={() => {
        dialog.value = "telephone";
      }}
    >
      <Icon name={isWell || onLine.value ? "phone" : "warn"} />
      <span class="dot" aria-hidden="true" />
    </button>
  );
}

function Ringing() {
  const offer = offers.value.find((one) => state.value.cases[one.case_id]?.channel === "phone");
  const decline = () => (offer ? void act("decline", { offer_id: offer.id }) : hangUp());
  return (
    <>
      <button type="button" class="primary" data-testid="telephone-answer" onClick={() => void answer()}>
        <Icon name="phone" /> {t("phoneAnswer")}
      </button>
      <button type="button" data-testid="telephone-decline" onClick={decline}>
        {t("phoneDecline")}
      </button>
    </>
  );
}

function Talking({ call }: { call: OnLine }) {
  const isBad = quality.value !== "good" && !call.held;
  return (
    <>
      <span class="number since" aria-hidden="true">
        {duration(Math.max(0, (now.value - call.since) / 1000))}
      </span>
      {spoken.value && !call.muted && <Level stream={spoken.value} label={t("microphoneLevel")} small />}
      <Toggle
        isOn={call.muted}
        name={t(call.muted ? "phoneUnmute" : "phoneMute")}
        icon="mute"
        testId="mute"
        press={mute}
      />
      <Toggle
        isOn={call.held}
        name={t(call.held ? "phoneUnhold" : "phoneHold")}
        icon="hold"
        testId="hold"
        press={hold}
      />
      <Keypad />
      <button
        type="button"
        class="danger"
        aria-label={t("phoneHangUp")}
        title={t("phoneHangUp")}
        data-testid="telephone-hang-up"
        onClick={hangUp}
      >
        <Icon name="close" size={16} />
      </button>
      {isBad && (
        <span class="bad-line" data-testid="telephone-quality" title={tCode("quality", quality.value)}>
          <Icon name="warn" size={16} /> <span>{tCode("quality", quality.value)}</span>
        </span>
      )}
    </>
  );
}

function Toggle(props: {
  isOn: boolean;
  name: string;
  icon: "mute" | "hold";
  testId: string;
  press: () => void;
}) {
  return (
    <button
      type="button"
      class="tool"
      aria-pressed={props.isOn}
      aria-label={props.name}
      title={props.name}
      data-testid={`telephone-${props.testId}`}
      onClick={() => props.press()}
    >
      <Icon name={props.icon} />
    </button>
  );
}

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** Tones for somebody else's menu; the keyboard's digits work while it is open. */
function Keypad() {
  const open = useSignal(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (open.value) box.current?.querySelector("button")?.focus();
  }, [open.value]);
  const shut = () => {
    open.value = false;
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the keyboard are those of the keypad inside
    <div
      class="keypad"
      onKeyDown={(e) => {
        if (!open.value) return;
        if (e.key === "Escape") shut();
        else if (KEYS.includes(e.key)) press(e.key);
        else return;
        e.preventDefault();
        e.stopPropagation();
      }}
    >
      <button
        type="button"
        class="tool"
        aria-label={t("phoneKeys")}
        title={t("phoneKeys")}
        aria-expanded={open.value}
        data-testid="telephone-keys"
        onClick={() => {
          open.value = !open.value;
        }}
      >
        <Icon name="keypad" />
      </button>
      {open.value && (
        <div class="menu" role="group" aria-label={t("phoneKeys")} ref={box}>
          {KEYS.map((key) => (
            <button
              type="button"
              key={key}
              aria-label={t("phoneKey", { key })}
              data-testid={`tone-${key}`}
              onClick={() => press(key)}
            >
              {key}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
