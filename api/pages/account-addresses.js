"use strict";
// The address book.
(() => {
  const { at, on, ask, say, clear } = account;
  const { mine, press, element, button, row, focus, open, spaced, begin } = own;
  const form = at("book");
  const field = (name) => form.elements[name];
  let me, book = [], chosen, provinces = [];

  const options = (select, names) => {
    select.replaceChildren(element("option", say("choose"), { value: "" }), ...names.map((each) => element("option", each, { value: each })));
  };
  const showDistricts = (district = "") => {
    const province = provinces.find((each) => each.name === field("province").value);
    options(field("district"), province?.districts ?? []);
    field("district").value = district;
    field("district").disabled = !province;
    field("postcode").placeholder = province ? province.plate + "…" : "";
  };
  field("province").addEventListener("change", () => showDistricts());
  const showInvoice = () => {
    at("book-person").hidden = field("kind").value !== "personal";
    at("book-company").hidden = field("kind").value !== "company";
  };
  field("kind").addEventListener("change", () => {
    showInvoice();
    if (!field("invoice.name").value) field("invoice.name").value = field("name").value;
  });

  // Nobody has this number: the API keeps it where a person gave none.
  const noIdentity = "11111111111";
  const fill = ({ label = "", name = "", phone = "", address = {}, invoice = {} }) => {
    const values = {
      label, name, phone: spaced(phone), line1: address.line1, line2: address.line2, postcode: address.postcode, province: address.province,
      kind: invoice.kind, "invoice.name": invoice.name, "invoice.title": invoice.title, "invoice.tax_number": invoice.tax_number,
      "invoice.tax_office": invoice.tax_office, "invoice.identity_number": invoice.identity_number === noIdentity ? "" : invoice.identity_number,
    };
    for (const [key, value] of Object.entries(values)) field(key).value = value ?? "";
    showDistricts(address.district);
    showInvoice();
  };
  const edit = async (entry, title) => {
    if (!provinces.length) {
      ({ items: provinces } = await ask("GET", "/v1/provinces", undefined, { cache: "default" }));
      options(field("province"), provinces.map((each) => each.name));
    }
    chosen = entry.id;
    clear(form);
    fill(entry);
    at("book-title").textContent = title;
    at("editor").hidden = false;
    at("book-title").focus();
  };
  const invoiceOf = (typed) => ({
    personal: () => ({ kind: "personal", name: typed["invoice.name"], identity_number: typed["invoice.identity_number"] || undefined }),
    company: () => ({ kind: "company", title: typed["invoice.title"], tax_number: typed["invoice.tax_number"], tax_office: typed["invoice.tax_office"] }),
  })[typed.kind]?.();
  on("book", async (typed) => {
    const { label, name, phone, line1, line2, district, province, postcode } = typed;
    const body = { label, name, phone, address: { line1, line2: line2 || undefined, district, province, postcode }, invoice: invoiceOf(typed) };
    if (chosen) await mine("PUT", "/v1/account/addresses/" + encodeURIComponent(chosen), body);
    else await mine("POST", "/v1/account/addresses", body);
    at("editor").hidden = true;
    await showBook();
    at("book-said").textContent = say("saved");
    focus("addresses-title");
  });

  const invoiceLine = (invoice) => invoice && say("invoice." + invoice.kind, { name: invoice.name || invoice.title });
  const entryRow = (each) => {
    const { line1, line2, postcode, district, province } = each.address;
    const place = element("address", [line1, line2].filter(Boolean).join(", ") + "\n" + postcode + " " + district + "/" + province, { class: "place lines" });
    return row(
      [element("h3", each.label), each.name + " · " + spaced(each.phone), place, invoiceLine(each.invoice)],
      button(say("edit"), say("edit.of", { label: each.label }), at("book-alert"), () => edit(each, say("book.edit"))),
      button(say("remove"), say("remove.of", { label: each.label }), at("book-alert"), () => {
        chosen = each.id;
        at("address-gone-says").textContent = say("book.remove.says", { label: each.label });
        open("address-gone");
      }, "plain bad"),
    );
  };
  const showBook = async () => {
    ({ addresses: book } = await mine("GET", "/v1/account/addresses"));
    at("book-rows").replaceChildren(...book.map(entryRow));
    at("no-addresses").hidden = book.length > 0;
  };
  on("address-going", async () => {
    await mine("DELETE", "/v1/account/addresses/" + encodeURIComponent(chosen));
    at("address-gone").close();
    at("editor").hidden = true;
    await showBook();
    at("book-said").textContent = say("book.gone");
    focus("addresses-title");
  });
  press(at("book-add"), at("book-alert"), () => edit({ name: me.name, phone: me.phone }, say("book.new")));
  press(at("book-cancel"), at("book-alert"), () => { at("editor").hidden = true; focus("addresses-title"); });
  begin(async (shown) => { me = shown; await showBook(); });
})();
