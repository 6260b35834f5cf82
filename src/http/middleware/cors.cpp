// SPDX-License-Identifier: MIT

#include <patio/http/middleware/cors.hpp>

#include "wire_http/lists.hpp"

#include <patio/core/errors.hpp>

#include <algorithm>
#include <string_view>

namespace patio::http {

namespace {

void vary_by(headers& fields, std::string_view name) {
    const std::string before = fields.joined("Vary");
    if (wire::http::has_token(before, "*") || wire::http::has_token(before, name)) return;
    std::string after = before;
    after.append(before.empty() ? "" : ", ").append(name);
    fields.set("Vary", after);
}

}  // namespace

class cors_setter {
public:
    explicit cors_setter(cors_options options) : options_{std::move(options)} {
        if (options_.origins_.empty() && !options_.is_any_) {
            throw usage_error{"cors: no origin is allowed; name one, or take any_origin()"};
        }
        if (options_.is_any_ && options_.has_credentials_) {
            throw usage_error{"cors: browsers send no credentials if any origin is allowed"};
        }
    }

    async<response> operator()(request& asked, handler& next) {
        const std::string origin{asked.header("Origin").value_or("")};
        const bool is_question = asked.method() == "OPTIONS" &&
                                 asked.headers().contains("Access-Control-Request-Method");
        response made{204};
        if (is_question) {
            allow_request(made.headers(), origin, asked.headers());
        } else {
            auto answering = next.answer(asked);
            made = co_await std::move(answering);
            if (allow(made.headers(), origin) && !options_.exposed_.empty()) {
                made.with("Access-Control-Expose-Headers", options_.exposed_);
            }
        }
        co_return made;
    }

private:
    /// **Returns** whether the origin may see the response.
    bool allow(headers& fields, std::string_view origin) const {
        if (options_.is_any_) {
            fields.set("Access-Control-Allow-Origin", "*");
            return true;
        }
        vary_by(fields, "Origin");
        const auto& all = options_.origins_;
        if (origin.empty() || std::find(all.begin(), all.end(), origin) == all.end()) return false;
        fields.set("Access-Control-Allow-Origin", origin);
        if (options_.has_credentials_) fields.set("Access-Control-Allow-Credentials", "true");
        return true;
    }

    void allow_request(headers& fields, std::string_view origin, const headers& asked) const {
        if (!options_.request_headers_) vary_by(fields, "Access-Control-Request-Headers");
        if (!allow(fields, origin)) return;
        fields.set("Access-Control-Allow-Methods", options_.methods_);
        const std::string wanted = options_.request_headers_
                                       ? *options_.request_headers_
                                       : asked.joined("Access-Control-Request-Headers");
        if (!wanted.empty()) fields.set("Access-Control-Allow-Headers", wanted);
        if (!options_.max_age_) return;
        const auto seconds = options_.max_age_->count() / 1'000'000'000;
        fields.set("Access-Control-Max-Age", std::to_string(seconds));
    }

    cors_options options_;
};

middleware cors(cors_options options) { return cors_setter{std::move(options)}; }

}  // namespace patio::http
