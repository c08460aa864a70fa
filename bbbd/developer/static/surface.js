// The server's own surface beside this page: asked, and what it says shown beside the button that asked.

// What is said to whoever looks here; any other error is a mistake of this page.
export class Said extends Error {}
export function wordsOf(fault) {
  if (!(fault instanceof Said)) console.error(fault);
  return fault.message;
}
export async function reach(url, options) {
  const answer = await fetch(url, {...options, cache: "no-store"}).catch(() => null);
  if (!answer) throw new Said("No answer came: the connection was closed, or the server is away.");
  return answer;
}

// Asks the surface. What it refuses is raised with its words.
export async function ask(path, body, method = body ? "POST" : "GET") {
  const answer = await reach(path, {method, headers: {"Content-Type": "application/json"}, body: body && JSON.stringify(body)});
  const given = await answer.json().catch(() => ({error: `HTTP status ${answer.status}`}));
  if (!answer.ok) throw new Said(given.error);
  return given;
}

// Does something and says beside its button what came of it; while it is done, it is not done again. The document is
// told when it is over.
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

// The whole number that is typed.
export const amount = (input) => {
  if (!input.value) return 0;
  if (!Number.isInteger(Number(input.value))) throw new Said("Write whole numbers.");
  return Number(input.value);
};
