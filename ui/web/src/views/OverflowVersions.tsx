import { moment } from "../format";
import { t } from "../i18n";
import { act, toast } from "../store";

export interface KeptSteps {
  number: number;
  at: string;
  by: string;
  steps: number;
  restored_from: number;
}

interface Props {
  queueId: number;
  versions: KeptSteps[];
  restored: () => Promise<void>;
}

/** What the steps were before, and putting them in force again. */
export function OverflowVersions({ queueId, versions, restored }: Props) {
  if (versions.length === 0) return null;
  const restore = async (number: number) => {
    if ((await act("overflow_restore", { queue_id: queueId, number })) === undefined) return;
    toast(t("overflowSaved"));
    await restored();
  };
  return (
    <details>
      <summary>{t("versions", { n: versions.length })}</summary>
      <table>
        <thead>
          <tr>
            {(["version", "madeAt", "madeBy", "overflowCount"] as const).map((word) => (
              <th scope="col" key={word}>
                {t(word)}
              </th>
            ))}
            <th scope="col">
              <span class="hidden">{t("restore")}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {versions.map((one, n) => (
            <tr key={one.number}>
              <th scope="row">
                {one.number} {n === 0 && <span class="tag good">{t("inForce")}</span>}{" "}
                {one.restored_from > 0 && <span class="quiet">{t("copyOf", { n: one.restored_from })}</span>}
              </th>
              <td>{moment(one.at)}</td>
              <td>{one.by || "–"}</td>
              <td class="number">{one.steps}</td>
              <td>
                {n > 0 && (
                  <button
                    type="button"
                    class="small"
                    data-testid={`overflow-restore-${one.number}`}
                    onClick={() => void restore(one.number)}
                  >
                    {t("restore")} <span class="hidden">{one.number}</span>
                  </button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
