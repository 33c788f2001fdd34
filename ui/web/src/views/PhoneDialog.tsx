import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError } from "../api";
import { type Choice, choice, devices, lookForDevices, microphone, release } from "../headset";
import { t, tCode } from "../i18n";
import { dialog, toast } from "../store";
import {
  busyElsewhere,
  changeMicrophone,
  hangUp,
  onLine,
  own,
  ringAt,
  spoken,
  status,
  takeOver,
  testCall,
  turnOff,
  turnOn,
} from "../telephone";
import type { RingPlace } from "../wire";
import { Level } from "./Level";
import { Modal } from "./Modal";

/** Where it rings, which devices, and a test call. */
export function PhoneDialog() {
  return (
    <Modal title={t("phoneSettings")} testId="telephone-dialog">
      <State />
      <RingWhere />
      {status.value !== "unfit" && status.value !== "refused" && <Devices />}
    </Modal>
  );
}

function State() {
  const here = status.value;
  return (
    <div class="phone-line">
      <p role="status" data-testid="telephone-says">
        {tCode("phone", here)}
        {here === "refused" && ` ${t("phoneRefusedHow")}`}
        {here === "elsewhere" && busyElsewhere.value && ` ${t("phoneBusyElsewhere")}`}
      </p>
      {here === "elsewhere" && (
        <button type="button" disabled={busyElsewhere.value} data-testid="telephone-take" onClick={takeOver}>
          {t("phoneTakeOver")}
        </button>
      )}
      {here === "refused" && (
        <button type="button" onClick={() => void turnOn()}>
          {t("phoneAgain")}
        </button>
      )}
      {(here === "ready" || here === "connecting" || here === "elsewhere") && !onLine.value && (
        <button
          type="button"
          data-testid="telephone-off"
          onClick={() => {
            turnOff();
            dialog.value = null;
          }}
        >
          {t("phoneTurnOff")}
        </button>
      )}
    </div>
  );
}

const PLACES: readonly RingPlace[] = ["auto", "browser", "phone", "number"];

function RingWhere() {
  const number = useSignal(own.value?.number ?? "");
  const place = useSignal<RingPlace>(own.value?.place ?? "auto");
  const wrong = useSignal("");
  const save = async () => {
    if (place.value === "number" && !number.value.trim()) return;
    try {
      await ringAt({ place: place.value, number: number.value.trim() });
      wrong.value = "";
      toast(t("ringSaved"));
    } catch (error) {
      wrong.value = error instanceof ApiError ? error.message : t("offline");
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <fieldset class="ring-where">
        <legend>{t("ringWhere")}</legend>
        {PLACES.map((one) => (
          <label class="check" key={one}>
            <input
              type="radio"
              name="ring-place"
              value={one}
              data-testid={`ring-${one}`}
              checked={place.value === one}
              onChange={() => {
                place.value = one;
                void save();
              }}
            />
            {tCode("ring", one)}
          </label>
        ))}
        {place.value === "number" && (
          <label>
            {t("ringNumber")}
            <input
              type="tel"
              autocomplete="tel"
              data-testid="ring-number-input"
              value={number.value}
              aria-describedby="ring-number-hint"
              onInput={(e) => {
                number.value = e.currentTarget.value;
              }}
              onChange={() => void save()}
            />
            <span class="quiet small-print" id="ring-number-hint">
              {t("ringNumberHint")}
            </span>
          </label>
        )}
        <p class="error" role="alert">
          {wrong.value}
        </p>
      </fieldset>
    </form>
  );
}

function Devices() {
  const mine = useSignal<MediaStream | null>(null);
  // In a call the call's own sound is shown; otherwise the microphone is listened to while the dialog is open.
  useEffect(() => {
    if (onLine.value) return;
    let isOpen = true;
    void microphone().then(
      (stream) => {
        if (isOpen) mine.value = stream;
        else release(stream);
      },
      () => undefined,
    );
    void lookForDevices();
    return () => {
      isOpen = false;
      release(mine.value);
      mine.value = null;
    };
  }, [choice.value.microphone, onLine.value !== null]);
  const level = spoken.value ?? mine.value;
  return (
    <fieldset class="devices">
      <legend>{t("devicesTitle")}</legend>
      <Device kind="audioinput" of="microphone" />
      {level && <Level stream={level} label={t("microphoneLevel")} />}
      <Device kind="audiooutput" of="speaker" />
      <Device kind="audiooutput" of="bell" />
      <label>
        {t("volume")}
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={choice.value.volume}
          onInput={(e) => {
            choice.value = { ...choice.value, volume: Number(e.currentTarget.value) };
          }}
        />
      </label>
      <TestCall />
    </fieldset>
  );
}

function Device({ kind, of }: { kind: MediaDeviceKind; of: "microphone" | "speaker" | "bell" }) {
  const known = devices.value.filter((one) => one.kind === kind && one.deviceId !== "default");
  const choose = (id: string) => {
    choice.value = { ...choice.value, [of]: id } satisfies Choice;
    if (of === "microphone") void changeMicrophone();
  };
  return (
    <label>
      {t(of)}
      <select
        value={choice.value[of]}
        data-testid={`device-${of}`}
        onChange={(e) => choose(e.currentTarget.value)}
      >
        <option value="">{t("usualDevice")}</option>
        {known.map((one) => (
          <option value={one.deviceId} key={one.deviceId}>
            {one.label}
          </option>
        ))}
      </select>
    </label>
  );
}

function TestCall() {
  const call = onLine.value;
  if (call?.isTest)
    return (
      <button type="button" class="danger" data-testid="test-call-end" onClick={hangUp}>
        {t("phoneHangUp")}
      </button>
    );
  return (
    <div class="phone-line">
      <button
        type="button"
        data-testid="test-call"
        disabled={status.value !== "ready" || call !== null}
        onClick={() => void testCall()}
      >
        {t("testCall")}
      </button>
      <span class="quiet small-print">{t("testCallHint")}</span>
    </div>
  );
}
