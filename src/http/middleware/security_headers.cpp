// SPDX-License-Identifier: MIT

#include <patio/http/middleware/security_headers.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace patio::http {

class security_headers_setter {
public:
    explicit security_headers_setter(security_headers_options options)
        : options_{std::move(options)} {}

    async<response> operator()(request& asked, handler& next) {
        const bool is_secure = asked.is_secure();
        auto answering = next.answer(asked);
        response made = co_await std::move(answering);
        headers& fields = made.headers();
        set(fields, "X-Content-Type-Options", "nosniff");
        set(fields, "X-Frame-Options", "SAMEORIGIN");
        set(fields, "Referrer-Policy", "strict-origin-when-cross-origin");
        if (!options_.policy_.empty()) set(fields, "Content-Security-Policy", options_.policy_);
        if (is_secure && options_.strict_transport_ > duration{}) {
            const auto seconds = options_.strict_transport_.count() / 1'000'000'000;
            set(fields, "Strict-Transport-Security", "max-age=" + std::to_string(seconds));
        }
        co_return made;
    }

private:
    static void set(headers& fields, std::string_view name, std::string_view value) {
        if (!fields.contains(name)) fields.add(name, value);
    }

    security_headers_options options_;
};

middleware security_headers(security_headers_options options) {
    return security_headers_setter{std::move(options)};
}

}  // namespace patio::http
