// The only place that sets HTML: welcome messages, which the server has sanitised.

const POLICY = self.trustedTypes?.createPolicy("bbbd", {createHTML: (html) => html});

export function putHtml(node, html) {
  node.innerHTML = POLICY ? POLICY.createHTML(html) : html;
  for (const link of node.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
}
