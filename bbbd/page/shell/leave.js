// Leaving, and ending the meeting for all: asked once.

import {isModerator} from "../people/model.js";
import {dialog} from "./dialog.js";
import {page} from "./store.js";
import {t} from "./strings.js";
import {agreed} from "./toast.js";
import {ask} from "./wire.js";

export async function leaveOrEnd(out) {
  const mayEnd = isModerator(page.state) && page.connected;
  const answer = await dialog({
    title: t("leave.title"), lead: t(mayEnd ? "leave.leadModerator" : "leave.lead"),
    actions: [
      [t("cancel"), "quiet", ""], mayEnd && [t("leave.end"), "danger", "end"], [t("leave"), mayEnd ? "primary" : "danger", "leave"],
    ].filter(Boolean),
  });
  if (answer === "leave") out();
  else if (answer === "end") agreed(await ask({t: "end"}));
}
