"""People in browsers that playwright does not drive: what one sees and does, above either of two protocols."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

from environment_reset import PATIENCE

#: Finds what can be seen by its name, as a screen reader would say it; in an open dialog, where there is one.
_NAMED = """
const named = (name, within) => {
  const open = [...document.querySelectorAll("dialog[open]")].pop();
  const root = document.querySelector(within) ?? open ?? document.body;
  const labels = (one) => [...(one.labels ?? [])].map((label) => label.textContent).join(" ");
  const words = (one) => (one.getAttribute("aria-label") || labels(one)
    || (one.querySelector(".long") ?? one).textContent).replace(/\\s+/g, " ").trim();
  return [...root.querySelectorAll("button, a, input, textarea, select, summary, [role=tab], [role=log]")]
    .find((one) => words(one) === name && one.getClientRects().length && !one.disabled);
};
"""
_UNTIL = """
const end = Date.now() + patience;
while (Date.now() < end) {
  const found = await look();
  if (found) return found;
  await new Promise((done) => setTimeout(done, 50));
}
const {dataset, innerText} = document.body;
throw new Error(`it has not come: ${what}; the page: ${dataset.state} ${innerText.slice(0, 1500)}`);
"""


class Protocol(ABC):
    """A window of a browser."""

    @abstractmethod
    def goes(self, url: str) -> None:
        """Open a page."""

    @abstractmethod
    def run(self, body: str) -> Any:
        """Run the body of an async function in the page, and return what it returns, by way of JSON."""

    @abstractmethod
    def clicks(self, body: str) -> None:
        """Click the element that the body of a function returns."""

    @abstractmethod
    def types(self, text: str) -> None:
        """Press keys; what has the focus receives them. A line break is the key Enter."""

    @abstractmethod
    def gives(self, body: str, path: Path) -> None:
        """Choose a file in the field that the body of a function returns."""

    @abstractmethod
    def reports(self) -> list[str]:
        """Return the errors of the page so far, where the browser tells them."""

    @abstractmethod
    def ends(self) -> None:
        """Close the window."""


class Visitor:
    """Somebody at such a browser."""

    def __init__(self, window: Protocol, name: str) -> None:
        self.window, self.name = window, name

    def goes(self, url: str) -> None:
        self.window.goes(url)

    def until(self, expression: str) -> Any:
        """Wait until an expression, which may be a promise, is true in the page."""
        return self.window.run(
            f"{_NAMED}\nconst patience = {PATIENCE * 1000}; const what = {json.dumps(f'{self.name}: {expression}')};"
            f"\nconst look = async () => ({expression});\n{_UNTIL}"
        )

    def is_in(self, state: str) -> None:
        """See the page come to a state."""
        self.until(f"document.body?.dataset.state === {json.dumps(state)}")

    def sees(self, text: str, within: str = "body") -> None:
        """See a text."""
        self.until(f"document.querySelector({json.dumps(within)})?.innerText.includes({json.dumps(text)})")

    def has(self, name: str, within: str = "") -> None:
        """See a button, a field or a tab."""
        self.until(f"Boolean({self._named(name, within)})")

    def shows(self, place: str) -> None:
        """See the picture of a page of slides."""
        image = f"document.querySelector('#slide-frame[aria-label=\"{place}\"] .paper img')"
        self.until(f"{image}?.complete && {image}.naturalWidth > 0")

    def presses(self, name: str, within: str = "") -> None:
        """Click what has a name."""
        self.has(name, within)
        self.window.clicks(f"{_NAMED}\nreturn {self._named(name, within)}")

    def writes(self, name: str, text: str) -> None:
        """Write into a field."""
        self.presses(name)
        self.window.types(text)

    def _named(self, name: str, within: str) -> str:
        return f"named({json.dumps(name)}, {json.dumps(within or 'no-such-element')})"
