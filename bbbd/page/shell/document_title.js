// The tab's title: unread count, waiting guests, meeting, and the open tab of the panel.

let parts = {count: 0, waiting: "", name: "", where: ""};
let brand = "";

export function title(facts) {
  parts = {...parts, ...facts};
  const {count, waiting, name, where} = parts;
  const words = [where, brand || name, waiting].filter(Boolean);
  const text = `${count ? `(${count}) ` : ""}${words.reverse().join(" – ")}`;
  if (document.title !== text) document.title = text;
}

/** ``userdata-bbb_client_title``. */
export function setBrand(name) {
  brand = name;
  title({});
}
