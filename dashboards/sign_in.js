// A link may bring an access token behind its #, which no server sees and no log
// holds; it is taken out of the address and sent as a form.

const use = () => {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (!given) return;
  history.replaceState(null, "", location.pathname + location.search);
  const form = document.getElementById("by-token");
  form.elements.token.value = given;
  form.submit();
};

use();
// A link opened where the page stands already does not load it again.
addEventListener("hashchange", use);
