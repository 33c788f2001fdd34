import { t, tCode } from "../i18n";
import { CONDITIONS, type DraftStep, detailOf, TARGETS, type Target } from "../overflow";
import type { Way } from "./OverflowEditor";

const WORDS = {
  after_seconds: { word: "overflowSeconds", most: 7200, step: 1, least: 0 },
  callers_per_agent: { word: "overflowPerAgent", most: 1000, step: 0.1, least: 0.1 },
  agents_below: { word: "overflowBelow", most: 1000, step: 1, least: 1 },
  agents_from: { word: "overflowFrom", most: 1000, step: 1, least: 1 },
} as const;

interface Props {
  step: DraftStep;
  place: number;
  all: number;
  ways: Way[];
  change: (next: DraftStep) => void;
  move: (to: number) => void;
  remove: () => void;
}

/** One step: where to, when, and its place among the others. */
export function StepForm({ step, place, all, ways, change, move, remove }: Props) {
  const nth = t("overflowNth", { n: place + 1 });
  return (
    <li data-step={step.id}>
      <fieldset class="editor">
        <legend>{nth}</legend>
        <label>
          {t("overflowTo")}
          <select
            value={step.to}
            onChange={(event) => change({ ...step, to: event.currentTarget.value as Target, queue: "" })}
          >
            {TARGETS.map((to) => (
              <option key={to} value={to}>
                {tCode("overflow", to)}
              </option>
            ))}
          </select>
        </label>
        <Detail step={step} ways={ways} change={change} />
        {CONDITIONS.map((name) => (
          <label key={name}>
            {t(WORDS[name].word)}
            <input
              type="number"
              inputMode="decimal"
              min={WORDS[name].least}
              max={WORDS[name].most}
              step={WORDS[name].step}
              value={step[name]}
              data-testid={`overflow-${name}`}
              onInput={(event) => change({ ...step, [name]: event.currentTarget.value })}
            />
          </label>
        ))}
        <div class="buttons">
          <button type="button" class="small" disabled={place === 0} onClick={() => move(place - 1)}>
            {t("overflowUp")} <span class="hidden">{nth}</span>
          </button>
          <button type="button" class="small" disabled={place === all - 1} onClick={() => move(place + 1)}>
            {t("overflowDown")} <span class="hidden">{nth}</span>
          </button>
          <button type="button" class="small danger" onClick={remove}>
            {t("overflowRemove")} <span class="hidden">{nth}</span>
          </button>
        </div>
      </fieldset>
    </li>
  );
}

function Detail({ step, ways, change }: Pick<Props, "step" | "ways" | "change">) {
  const detail = detailOf(step.to);
  if (detail === "queue") {
    return (
      <label>
        {t("overflowQueue")}
        <select
          required
          value={step.queue}
          data-testid="overflow-way"
          onChange={(event) => change({ ...step, queue: event.currentTarget.value })}
        >
          <option value="" />
          {ways
            .filter((way) => way.helps || step.to === "queue")
            .map((way) => (
              <option key={way.key} value={way.key}>
                {way.name}
              </option>
            ))}
        </select>
      </label>
    );
  }
  if (detail === "number" || detail === "say") {
    return (
      <label>
        {t(detail === "number" ? "overflowNumber" : "overflowSay")}
        <input
          required
          type="text"
          inputMode={detail === "number" ? "tel" : "text"}
          maxLength={detail === "number" ? 30 : 1000}
          pattern={detail === "number" ? "[0-9 +\\-]{4,30}" : ".*"}
          value={step[detail]}
          data-testid={`overflow-${detail}`}
          onInput={(event) => change({ ...step, [detail]: event.currentTarget.value })}
        />
      </label>
    );
  }
  return null;
}
