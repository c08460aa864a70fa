// Requests to the control API, with results shown beside the button.

// An error for the user; any other error is a bug of this page.
export class Said extends Error {}
export function wordsOf(fault) {
  if (!(fault instanceof Said)) console.error(fault);
  return fault.message;
}
export async function reach(url, options) {
  const answer = await fetch(url, {...options, cache: "no-store"}).catch(() => null);
  if (!answer) throw new Said("No answer: the connection was closed, or the server is down.");
  return answer;
}

// Sends a request to the control API. Throws its error message.
export async function ask(path, body, method = body ? "POST" : "GET") {
  const answer = await reach(path, {method, headers: {"Content-Type": "application/json"}, body: body && JSON.stringify(body)});
  const given = await answer.json().catch(() => ({error: `HTTP status ${answer.status}`}));
  if (!answer.ok) throw new Said(given.error);
  return given;
}

// Runs an action and shows its result beside the button; repeated clicks are ignored meanwhile. An event on the
// document announces the end.
export async function doing(place, work) {
  if (place.dataset.how === "busy") return;
  place.dataset.how = "busy";
  place.textContent = "…";
  let how = "good";
  place.textContent = await work().catch((fault) => { how = "bad"; return wordsOf(fault); });
  place.dataset.how = how;
  document.dispatchEvent(new Event("done"));
}
export const onSubmit = (form, place, work) => form.addEventListener("submit", (event) => {
  event.preventDefault();
  doing(place, work);
});
export const onClick = (button, place, work) => button.addEventListener("click", () => doing(place, work));

// Returns the integer of an input.
export const amount = (input) => {
  if (!input.value) return 0;
  if (!Number.isInteger(Number(input.value))) throw new Said("Enter whole numbers.");
  return Number(input.value);
};
