// The shapes that the player's modules share, for `make types-js`.

/** What the page says of its recording. */
interface RecordingFacts {
  id: string;
  /** The path of its files, with a slash at the end. */
  base: string;
  data: string[];
  media: string[];
  screen: string[];
  /** Paths of files that have the sound alone. */
  sound: string[];
  tracks: {kind: string; lang: string; label: string; href: string}[];
  downloads: {format: string; href: string}[];
}

/** What comes with the page. */
interface PageGift {
  tag: string;
  words: Record<string, string>;
  /** Small files of the recording, by their names. */
  texts: Record<string, string>;
}

/** A slide for as long as it was shown; all times are seconds of the recording. */
interface Slide {
  id: string;
  href: string;
  text: string;
  begin: number;
  end: number;
  width: number;
  height: number;
}

/** A version of a drawing. */
interface Drawing {
  begin: number;
  /** When it was removed, less than 0 if never. */
  undo: number;
  /** The same for all versions of a drawing. */
  group: string;
  /** null if it is of a kind that cannot be shown. */
  make: () => SVGElement | null;
}

interface ChatLine {
  begin: number;
  end: number;
  name: string;
  isModerator: boolean;
  text: string;
  item: HTMLElement | null;
}

/** Something with a text; without a time it is in the notes. */
interface Findable {
  begin: number | null;
  kind: string;
  text: string;
  folded: {text: string; at: number[]};
}

type PanelName = "chat" | "contents" | "notes" | "search";

interface Elements {
  media: HTMLVideoElement;
  screen: HTMLVideoElement;
  seek: HTMLInputElement;
  volume: HTMLInputElement;
  speed: HTMLSelectElement;
  tracks: HTMLSelectElement;
  "find-text": HTMLInputElement;
}
