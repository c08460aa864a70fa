// Entry point: loads the language, starts every part, and connects.

import {startBreakouts} from "../breakouts/breakouts.js";
import {startChat} from "../chat/chat.js";
import {startComposer} from "../chat/composer.js";
import {startWaitingGuests} from "../lobby/waiting_guests.js";
import {startMedia} from "../media/media.js";
import {startModeration} from "../people/moderation.js";
import {startRoster} from "../people/roster.js";
import {startPolls} from "../polls/polls.js";
import {onRefusal} from "../recording/consent.js";
import {startRecording} from "../recording/recording.js";
import {choice} from "../settings/preferences.js";
import {startTheme} from "../settings/theme.js";
import {startSlides} from "../slides/slides.js";
import {startActionBar} from "./action_bar.js";
import {startHeader} from "./header.js";
import {watchIdle} from "./idle.js";
import {choose} from "./languages.js";
import {begin, out} from "./session.js";
import {startShortcuts} from "./shortcuts.js";
import {startStage} from "./stage.js";
import {touch} from "./store.js";
import {load, t} from "./strings.js";
import {startTabs} from "./tabs.js";
import {linkParameter} from "./ticket.js";
import {hourOf} from "./time.js";

startTheme();
await load(choose(linkParameter("locale"), choice("language"), ...navigator.languages));
startHeader();
startRecording();
startTabs();
startStage();
startSlides();
startMedia();
startPolls();
startWaitingGuests();
startBreakouts();
startComposer();
startModeration();
startRoster();
startActionBar(out);
// The last to draw: it reads how high its messages are.
startChat();
startShortcuts();
onRefusal(out);
watchIdle(() => out(t("left.idle")));
touch("choices");
// A formatter takes longest when it is first used: better now, while the server answers.
hourOf(0);
begin();
