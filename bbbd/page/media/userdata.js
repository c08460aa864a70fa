// What a join link says about sound and cameras, by ``userdata-bbb_*``.

import {page} from "../shell/store.js";

/** The value of a parameter, "" for none. */
export const linkSays = (name) => page.state.userdata[`bbb_${name}`] ?? "";

export const says = (name, value = "true") => linkSays(name) === value;
