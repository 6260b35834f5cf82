// SPDX-License-Identifier: MIT
// expect-clang: specialise patio::http::param_value<T>
// expect-gcc: specialise patio::http::param_value<T>

// A parameter of a route of a type that nobody can read.

#include <patio/http/router.hpp>

struct colour {};

patio::http::response paint(patio::http::request&, colour) { return "painted"; }

int main() {
    patio::http::router site;
    site.get("/paint/{colour}", paint);
}
