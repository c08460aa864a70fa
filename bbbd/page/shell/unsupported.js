// For browsers that know no modules: shows what those without scripts see.
var link = document.createElement("link");
link.rel = "stylesheet";
link.href = document.currentScript.src.replace(/unsupported\.js$/, "unsupported.css");
document.head.appendChild(link);
