// The dialog for leaving, and for ending the meeting for everybody.

import {isModerator} from "../people/model.js";
import {dialog} from "./dialog.js";
import {page} from "./store.js";
import {t} from "./strings.js";
import {agreed} from "./toast.js";
import {ask} from "./wire.js";

export async function leaveOrEnd(out) {
  const mayEnd = isModerator(page.state) && page.connected;
  /** @type {DialogAction[]} */
  const end = mayEnd ? [[t("leave.end"), "danger", "end"]] : [];
  const answer = await dialog({
    title: t("leave.title"), lead: t(mayEnd ? "leave.leadModerator" : "leave.lead"),
    actions: [
      [t("cancel"), "quiet", ""], ...end, [t("leave"), mayEnd ? "primary" : "danger", "leave"],
    ],
  });
  if (answer === "leave") out();
  else if (answer === "end") agreed(await ask({t: "end"}));
}
