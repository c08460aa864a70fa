// For browsers without modules: shows the text for browsers without scripts.
var link = document.createElement("link");
link.rel = "stylesheet";
link.href = document.currentScript.src.replace(/unsupported\.js$/, "unsupported.css");
document.head.appendChild(link);
