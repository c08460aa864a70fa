// One's own raised hand.

import {page} from "../shell/store.js";
import {agreed} from "../shell/toast.js";
import {ask} from "../shell/wire.js";

/** @param {State} state */
export const isHandUp = (state) => Boolean(state.people.get(state.you.user)?.hand);

export const toggleHand = async () => agreed(await ask({t: "hand", up: !isHandUp(page.state)}));
