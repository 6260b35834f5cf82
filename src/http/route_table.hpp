// SPDX-License-Identifier: MIT
#pragma once

// The routes of a router: a tree of segments.

#include <patio/base/detail/strict_marks.hpp>
#include <patio/http/detail/route_function.hpp>
#include <patio/http/handler.hpp>
#include <patio/http/middleware.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace patio::http::detail {

/// A segment of a path as it was registered.
struct path_segment {
    enum class kind { text, param, rest };
    kind is = kind::text;
    std::string text;  // decoded, or the name of the parameter
};

/// Takes a path apart; "/" has one empty segment. **Fails** with usage_error if it is malformed.
[[nodiscard]] std::vector<path_segment> parse_path(std::string_view path);

/// Invariant: nothing changes while requests are answered; handlers and names live as long as it.
class route_table {
public:
    route_table();
    route_table(const route_table&) = delete;
    route_table& operator=(const route_table&) = delete;
    ~route_table();

    void add(std::string_view method, std::string_view path, made_route made);
    void mount(std::string_view path, std::unique_ptr<handler> other);
    void set_fallback(std::unique_ptr<handler> answers) noexcept { fallback_ = std::move(answers); }
    /// Where it looks for a fallback if it has none.
    void set_outer(const route_table& outer) noexcept { outer_ = &outer; }
    void use(middleware around);

    /// Whoever answers: a middleware if there is one.
    [[nodiscard]] handler& find(request& asked);
    /// Whoever answers behind all middleware.
    [[nodiscard]] handler& find_route(request& asked);

private:
    struct node;
    struct route;
    class search;
    class refusal;
    class layer;

    [[nodiscard]] node& place(const std::vector<path_segment>& path,
                              const std::vector<param_check>& checks);
    [[nodiscard]] handler& find_fallback() const noexcept;
    [[nodiscard]] response refuse(request& asked) const;

    std::unique_ptr<node> root_;
    std::unique_ptr<handler> fallback_;
    const route_table* outer_ = nullptr;
    std::unique_ptr<handler> refusal_;            // 404, 405 and OPTIONS
    std::vector<std::unique_ptr<layer>> layers_;  // the outermost first
};

}  // namespace patio::http::detail
