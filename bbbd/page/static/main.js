// The meeting's page: chooses its words, wires its parts, and goes in.

import {startBar} from "./bar.js";
import {startChat} from "./chat.js";
import {choice} from "./choices.js";
import {onRefusal} from "./consent.js";
import {startHeader} from "./header.js";
import {watchIdle} from "./idle.js";
import {startKeys} from "./keys.js";
import {startKnock} from "./knock.js";
import {startManage} from "./manage.js";
import {startPeople} from "./people.js";
import {begin, out} from "./session.js";
import {startSlides} from "./slides.js";
import {startStage} from "./stage.js";
import {touch} from "./store.js";
import {choose, load, t} from "./strings.js";
import {startTabs} from "./tabs.js";
import {startTheme} from "./theme.js";
import {asked} from "./ticket.js";
import {startWriter} from "./writer.js";

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
