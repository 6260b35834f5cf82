// SPDX-License-Identifier: MIT
#pragma once

// Which function answers which request.

#include <patio/base/config.hpp>
#include <patio/base/detail/strict_marks.hpp>
#include <patio/http/detail/route_function.hpp>
#include <patio/http/handler.hpp>
#include <patio/http/middleware.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace patio::http {

namespace detail {
class route_table;
}

/// Finds by method and path who answers a request.
///
/// ```
/// patio::async<http::response> note(http::request& asked, std::int64_t id);
///
/// http::router site;
/// site.get("/", [](http::request&) { return "hello\n"; });
/// site.get("/notes/{id}", note).del("/notes/{id}", forget);
/// site.mount("/static", http::files("public"));
/// ```
///
/// A *path* is made of segments. `{name}` stands for one, which is not empty, and `{name...}`, at
/// the end only, for all that are left, slashes and all. A function has the request as its first
/// parameter; those behind it get the values in the order of the path, of any type that
/// `param_value` reads: take all of them or none. A value that does not convert does not match:
/// "/notes/seven" is for another route, or 404. `request::param(name)` has the texts.
///
/// **Order** at each segment text comes first, then what has a type, then any text, then the rest;
/// among equals, what was registered first. If a way leads nowhere, the others are tried. A mount
/// comes last: a route below it is found before.
///
/// Paths are compared segment by segment after decoding, so an encoded slash (%2F) separates
/// nothing: it may stand in a parameter. "/notes" and "/notes/" are two paths. Nothing is done
/// about "." and "..": they are segments like others, and lead nowhere.
///
/// A path that has routes, but none for the method, is 405 with `Allow`. HEAD is answered by GET if
/// it has no route of its own (a server sends no body then), and OPTIONS by `Allow`.
///
/// A route is a function, as `make_handler` takes them, or a handler.
///
/// **Fails** whatever registers: with usage_error, if the path is malformed or taken, or if
/// function and path do not have the same parameters. Do it before serving.
/// **Cost** of a lookup: no allocation; a binary search for each segment, and no place of the tree
/// is visited twice. A plain function behind a router without middleware costs no coroutine; a
/// router with middleware costs two, and those of its middleware.
/// **Threads** those of one loop.
class PATIO_EXPORT router final : public handler {
public:
    router();
    router(router&& other) noexcept;
    router& operator=(router&& other) noexcept;
    ~router() override;

    template <class F>
    router& get(std::string_view path, F answers) {
        return route("GET", path, std::move(answers));
    }
    template <class F>
    router& head(std::string_view path, F answers) {
        return route("HEAD", path, std::move(answers));
    }
    template <class F>
    router& post(std::string_view path, F answers) {
        return route("POST", path, std::move(answers));
    }
    template <class F>
    router& put(std::string_view path, F answers) {
        return route("PUT", path, std::move(answers));
    }
    template <class F>
    router& patch(std::string_view path, F answers) {
        return route("PATCH", path, std::move(answers));
    }
    /// DELETE, which is a word of C++.
    template <class F>
    router& del(std::string_view path, F answers) {
        return route("DELETE", path, std::move(answers));
    }
    /// Any method that has no route of its own.
    template <class F>
    router& any(std::string_view path, F answers) {
        return route({}, path, std::move(answers));
    }
    template <class F>
    router& route(std::string_view method, std::string_view path, F answers) {
        add(method, path, detail::make_route(std::move(answers)));
        return *this;
    }

    /// Hands everything at this path and below to another router or handler, which finds what is
    /// left of the path in `request::mounted_path()`. The path may have parameters; a router's own
    /// functions do not get their values, `request::param` does.
    template <handler_like H>
    router& mount(std::string_view path, H other) {
        add_mount(path, make_handler(std::move(other)));
        return *this;
    }
    /// Who answers what no route is for, instead of 404; also in routers that are mounted here and
    /// have none of their own.
    template <handler_like H>
    router& fallback(H answers) {
        set_fallback(make_handler(std::move(answers)));
        return *this;
    }
    /// Puts a middleware around all of this router, also around its 404 and what is mounted in it.
    /// The one that was added first is the outermost.
    router& use(middleware around);

    [[nodiscard]] handler& find(request& asked) override;
    PATIO_DETAIL_COROUTINE_WRAPPER async<response> answer(request& asked) override;

private:
    void add(std::string_view method, std::string_view path, detail::made_route made);
    void add_mount(std::string_view path, std::unique_ptr<handler> other);
    void set_fallback(std::unique_ptr<handler> answers);

    // Never null but in one that was moved from. It does not move: mounted routers know it.
    std::unique_ptr<detail::route_table> table_;
};

}  // namespace patio::http
