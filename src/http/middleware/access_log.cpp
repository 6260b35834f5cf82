// SPDX-License-Identifier: MIT

#include <patio/http/middleware/access_log.hpp>

#include "http/access.hpp"
#include "http/file_body.hpp"
#include "wire_http/dates.hpp"

#include <patio/core/detail/frame.hpp>
#include <patio/core/sleep.hpp>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

namespace patio::http {

namespace {

void append_escaped(std::string& to, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7F && c != '"' && c != '\\') {
            to.push_back(c);
            continue;
        }
        to.append("\\x").push_back(digits[byte >> 4U]);
        to.push_back(digits[byte & 0xFU]);
    }
}

void append_peer(std::string& to, const endpoint& peer) {
    const bool is_known = peer.is_ip() && peer != endpoint{};
    to.append(is_known ? peer.address().to_string() : std::string{"-"});
}

/// "[06/Nov/1994:08:49:37 +0000]", made of "Sun, 06 Nov 1994 08:49:37 GMT".
void append_date(std::string& to) {
    using namespace std::chrono;
    const auto date = wire::http::format_date(floor<seconds>(system_clock::now()));
    const std::string_view text = date.text();
    to.append("[").append(text.substr(5, 2)).append("/").append(text.substr(8, 3)).append("/");
    to.append(text.substr(12, 4)).append(":").append(text.substr(17, 8)).append(" +0000]");
}

void append_duration(std::string& to, duration length) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1fms", static_cast<double>(length.count()) / 1e6);
    to.append(text);
}

void append_field(std::string& to, const headers& of, std::string_view name) {
    to.append("\"");
    append_escaped(to, of.get(name).value_or("-"));
    to.append("\"");
}

void write_to_standard_error(std::string_view line) {
    const std::string whole = std::string{line} + "\n";
    std::fwrite(whole.data(), 1, whole.size(), stderr);
}

/// A response that somebody has kept may die outside of it.
bool has_loop() noexcept { return patio::detail::this_loop != nullptr; }

/// Shared by the middleware and by bodies that are still sent when the router has gone.
using shared_sink = std::shared_ptr<unique_function<void(std::string_view)>>;

/// A line that is to come: at the latest when this dies.
class pending_line {
public:
    pending_line(shared_sink to, access_log_format format, const request& asked)
        : sink_{std::move(to)}, begin_{now()} {
        append_peer(line_, asked.peer());
        if (format == access_log_format::combined) {
            append_date(line_.append(" - - "));
            line_.append(" \"");
        } else {
            line_.append(" ");
        }
        append_escaped(line_, asked.method());
        append_escaped(line_.append(" "), asked.target());
        if (format == access_log_format::combined) {
            line_.append(" HTTP/1.1\"");
            append_field(behind_.append(" "), asked.headers(), "Referer");
            append_field(behind_.append(" "), asked.headers(), "User-Agent");
        }
    }
    pending_line(const pending_line&) = delete;
    pending_line& operator=(const pending_line&) = delete;
    pending_line(pending_line&& other) noexcept = default;
    pending_line& operator=(pending_line&&) = delete;
    ~pending_line() { write(std::nullopt, "cancelled"); }

    void set_status(int status) noexcept { status_ = status; }
    /// Does nothing if it was written.
    void write(std::optional<std::uint64_t> bytes, const char* trouble = nullptr) {
        if (sink_ == nullptr) return;
        const shared_sink target = std::move(sink_);
        line_.append(" ").append(status_ != 0 ? std::to_string(status_) : "-");
        line_.append(" ").append(bytes ? std::to_string(*bytes) : "-").append(behind_);
        if (has_loop()) {
            append_duration(line_.append(" "), now() - begin_);
        } else {
            line_.append(" -");
        }
        if (trouble != nullptr) line_.append(" ").append(trouble);
        (*target)(line_);
    }

private:
    shared_sink sink_;  // null once it is written
    std::string line_;
    std::string behind_;
    time_point begin_;
    int status_ = 0;
};

/// Counts what is sent.
class logged_source final : public body_source {
public:
    logged_source(http::body inner, pending_line line) noexcept
        : inner_{std::move(inner)}, line_{std::move(line)} {}
    ~logged_source() override { line_.write(bytes_, "cut"); }

    async<std::size_t> read_some(byte_span target) override {
        std::size_t count = 0;
        try {
            auto reading = inner_.read_some(target);
            count = co_await std::move(reading);
        } catch (...) {
            line_.write(bytes_, "failed");
            throw;
        }
        bytes_ += count;
        if (count == 0) line_.write(bytes_);
        co_return count;
    }
    [[nodiscard]] std::optional<std::uint64_t> length() const noexcept override {
        return inner_.length();
    }
    [[nodiscard]] const headers* trailers() const noexcept override { return inner_.trailers(); }

private:
    http::body inner_;
    pending_line line_;
    std::uint64_t bytes_ = 0;
};

bool is_there(const body& of) noexcept {
    const body_source* source = detail::body_access::source(of);
    return source == nullptr || dynamic_cast<const detail::file_body*>(source) != nullptr;
}

}  // namespace

class access_logger {
public:
    explicit access_logger(access_log_options options)
        : format_{options.format_},
          sink_{
              std::make_shared<unique_function<void(std::string_view)>>(std::move(options.sink_))} {
        if (!*sink_) *sink_ = write_to_standard_error;
    }

    async<response> operator()(request& asked, handler& next) {
        pending_line line{sink_, format_, asked};
        const bool is_head = asked.method() == "HEAD";
        response made;
        try {
            auto answering = next.answer(asked);
            made = co_await std::move(answering);
        } catch (const status_error& refused) {
            line.set_status(refused.status());
            line.write(std::nullopt);
            throw;
        } catch (...) {
            line.set_status(500);
            line.write(std::nullopt, "failed");
            throw;
        }
        line.set_status(made.status());
        if (is_head || is_there(made.body())) {
            line.write(is_head ? 0 : made.body().length());
        } else {
            http::body inner = std::move(made.body());
            made.with(
                http::body{std::make_unique<logged_source>(std::move(inner), std::move(line))});
        }
        co_return made;
    }

private:
    access_log_format format_;
    shared_sink sink_;
};

middleware access_log(access_log_options options) { return access_logger{std::move(options)}; }

}  // namespace patio::http
