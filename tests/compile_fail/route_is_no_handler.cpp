// SPDX-License-Identifier: MIT
// expect-clang: a route is answered by a function whose first parameter is http::request&
// expect-gcc: a route is answered by a function whose first parameter is http::request&

// A route's function without the request.

#include <patio/http/router.hpp>

patio::http::response hello() { return "hello"; }

int main() {
    patio::http::router site;
    site.get("/", hello);
}
