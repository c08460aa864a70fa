// The meeting's page: chooses its words, wires its parts, and goes in.

import {startChat} from "../chat/chat.js";
import {startWriter} from "../chat/composer.js";
import {startKnock} from "../lobby/waiting_guests.js";
import {startManage} from "../people/moderation.js";
import {startPeople} from "../people/roster.js";
import {onRefusal} from "../recording/consent.js";
import {choice} from "../settings/preferences.js";
import {startTheme} from "../settings/theme.js";
import {startSlides} from "../slides/slides.js";
import {startBar} from "./action_bar.js";
import {startHeader} from "./header.js";
import {watchIdle} from "./idle.js";
import {begin, out} from "./session.js";
import {startKeys} from "./shortcuts.js";
import {startStage} from "./stage.js";
import {touch} from "./store.js";
import {choose, load, t} from "./strings.js";
import {startTabs} from "./tabs.js";
import {asked} from "./ticket.js";

startTheme();
await load(choose(asked("locale"), choice("language"), ...navigator.languages));
startHeader();
startTabs();
startStage();
startSlides();
startKnock();
startChat();
startWriter();
startManage();
startPeople();
startBar(out);
startKeys();
onRefusal(out);
watchIdle(() => out(t("left.idle")));
touch("choices");
begin();
