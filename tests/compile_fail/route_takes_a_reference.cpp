// SPDX-License-Identifier: MIT
// expect-clang: takes what is in the path by value
// expect-gcc: takes what is in the path by value

// A parameter of a route by reference: a coroutine would outlive what it refers to.

#include <patio/http/router.hpp>

#include <string>

patio::async<patio::http::response> note(patio::http::request&, const std::string& name) {
    co_return name;
}

int main() {
    patio::http::router site;
    site.get("/notes/{name}", note);
}
