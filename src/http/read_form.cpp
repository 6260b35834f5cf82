// SPDX-License-Identifier: MIT

#include <patio/http/read_form.hpp>

#include "wire_http/media_type.hpp"

#include <patio/core/error.hpp>
#include <patio/http/response.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace patio::http {

class form_reader {
public:
    static async<query_params> read(request& asked, form_limits limits) {
        const auto type = wire::http::parse_media_type(asked.header("Content-Type").value_or(""));
        if (!type || !type->is("application", "x-www-form-urlencoded")) {
            throw status_error{415, "reading a form that is no application/x-www-form-urlencoded"};
        }
        std::string text;
        bool is_too_long = false;
        try {
            auto reading = asked.text(limits.bytes_max_);
            text = co_await std::move(reading);
        } catch (const limit_exceeded&) {
            is_too_long = true;
        }
        if (is_too_long) throw_beyond("bytes_max", limits.bytes_max_);
        const auto fields = static_cast<std::size_t>(std::count(text.begin(), text.end(), '&')) + 1;
        if (fields > limits.fields_max_) throw_beyond("fields_max", limits.fields_max_);
        co_return query_params::parse(text);
    }

private:
    [[noreturn]] static void throw_beyond(const char* name, std::size_t limit) {
        throw status_error{413, std::string{"reading a form beyond the limit "} + name + ", " +
                                    std::to_string(limit)};
    }
};

async<query_params> read_form(request& asked, form_limits limits) {
    return form_reader::read(asked, limits);
}

}  // namespace patio::http
