// SPDX-License-Identifier: MIT

#include <patio/http/middleware/compress.hpp>

#include "http/access.hpp"
#include "http/coding.hpp"
#include "wire_http/entity_tag.hpp"
#include "wire_http/lists.hpp"

#include <patio/core/error.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

namespace patio::http {

namespace {

constexpr std::size_t whole_bytes_max = std::size_t{64} << 10;
constexpr std::size_t piece_bytes = std::size_t{16} << 10;

bool gains(std::string_view content_type) noexcept {
    const std::string_view type =
        wire::http::without_blanks(content_type.substr(0, content_type.find(';')));
    const auto begins = [type](std::string_view with) {
        return type.size() >= with.size() && is_same_name(type.substr(0, with.size()), with);
    };
    const auto ends = [type](std::string_view with) {
        return type.size() >= with.size() &&
               is_same_name(type.substr(type.size() - with.size()), with);
    };
    if (begins("text/") || ends("+json") || ends("+xml") || ends("+text")) return true;
    constexpr std::array<std::string_view, 9> others = {
        "application/javascript",
        "application/json",
        "application/manifest+json",
        "application/wasm",
        "application/xml",
        "application/x-ndjson",
        "font/otf",
        "font/ttf",
        "image/bmp",
    };
    return std::any_of(others.begin(), others.end(),
                       [type](std::string_view each) { return is_same_name(type, each); });
}

bool may_be_coded(const response& made) {
    const int status = made.status();
    if (status < 200 || status == 204 || status == 206 || status == 304) return false;
    const headers& fields = made.headers();
    if (fields.contains("Content-Encoding") || fields.contains("Content-Range")) return false;
    for (const std::string_view value : fields.all("Cache-Control"))
        if (wire::http::has_token(value, "no-transform")) return false;
    const auto type = fields.get("Content-Type");
    return type && gains(*type);
}

std::optional<coding> choose(std::string_view accepted, bool is_stream) noexcept {
    constexpr std::array<coding, 3> fast = {coding::zstd, coding::br, coding::gzip};
    constexpr std::array<coding, 3> small = {coding::gzip, coding::zstd, coding::br};
    std::optional<coding> best;
    int weight = std::max(wire::http::weight_of_coding(accepted, "identity"), 0);
    for (const coding each : is_stream ? small : fast) {
        const int wanted = wire::http::weight_of_coding(accepted, name_of(each));
        // As much as the bare body is enough, for it is accepted by who does not name it.
        if (best ? wanted > weight : wanted > 0 && wanted >= weight) {
            best = each;
            weight = wanted;
        }
    }
    return best;
}

void vary_by_coding(headers& fields) {
    const std::string before = fields.joined("Vary");
    if (wire::http::has_token(before, "*") || wire::http::has_token(before, "Accept-Encoding"))
        return;
    fields.set("Vary", before.empty() ? "Accept-Encoding" : before + ", Accept-Encoding");
}

void mark_coded(response& made, coding with) {
    headers& fields = made.headers();
    fields.set("Content-Encoding", name_of(with));
    fields.remove("Content-Length");
    fields.remove("Accept-Ranges");
    const auto tag = fields.get("ETag");
    if (tag && tag->starts_with('"')) {
        const std::string weak = "W/" + std::string{*tag};
        fields.set("ETag", weak);
    }
}

[[noreturn]] void throw_fault() {
    throw error{std::make_error_code(std::errc::not_enough_memory), "compressing a body"};
}

/// A body with a coding on it.
class coded_source final : public body_source {
public:
    coded_source(http::body inner, coding with, coding_end behind_piece)
        : inner_{std::move(inner)}, with_{with}, behind_piece_{behind_piece} {}

    async<std::size_t> read_some(byte_span target) override {
        std::size_t count = 0;
        while (count == 0 && !has_ended_) {
            if (!is_encoding_) {
                auto taking = take_piece();
                co_await std::move(taking);
            }
            count = encode(target);
        }
        co_return count;
    }
    [[nodiscard]] const headers* trailers() const noexcept override { return inner_.trailers(); }

private:
    async<> take_piece() {
        piece_.resize(piece_bytes);
        auto reading = inner_.read_some(byte_span{piece_});
        const std::size_t count = co_await std::move(reading);
        piece_.resize(count);
        rest_ = byte_view{piece_};
        end_ = count == 0 ? coding_end::finish : behind_piece_;
        is_encoding_ = true;
    }
    std::size_t encode(byte_span target) {
        if (!machine_) machine_.emplace(with_);
        const coding_step step = machine_->encode(rest_, target, end_);
        rest_ = rest_.from(step.read);
        if (step.state == coding_state::failed) throw_fault();
        if (step.state == coding_state::wants_input) is_encoding_ = false;
        if (step.state == coding_state::ended) has_ended_ = true;
        return step.written;
    }

    http::body inner_;
    coding with_;
    std::optional<encoder> machine_;  // once somebody reads: a HEAD needs none
    coding_end behind_piece_;
    coding_end end_ = coding_end::none;
    std::string piece_;
    byte_view rest_;            // of the piece
    bool is_encoding_ = false;  // the machine is to be called with this piece again
    bool has_ended_ = false;
};

}  // namespace

class compressor {
public:
    explicit compressor(compress_options options) noexcept : options_{options} {}

    async<response> operator()(request& asked, handler& next) {
        const std::string accepted = asked.headers().joined("Accept-Encoding");
        auto answering = next.answer(asked);
        response made = co_await std::move(answering);
        compress(made, accepted);
        co_return made;
    }

private:
    void compress(response& made, std::string_view accepted) {
        const std::optional<std::uint64_t> length = made.body().length();
        if (!may_be_coded(made) || (length && *length < options_.bytes_min_)) return;
        vary_by_coding(made.headers());
        const std::optional<coding> with = choose(accepted, !length);
        if (accepted.empty() || !with) return;
        if (made.body().in_memory() && *length <= whole_bytes_max)
            return compress_whole(made, *with);
        http::body inner = std::move(made.body());
        const coding_end behind_piece = length ? coding_end::none : coding_end::flush;
        made.with(
            http::body{std::make_unique<coded_source>(std::move(inner), *with, behind_piece)});
        mark_coded(made, *with);
    }

    void compress_whole(response& made, coding with) {
        byte_view rest{detail::body_access::rest(made.body())};
        std::string coded(rest.size(), '\0');
        std::size_t count = 0;
        encoder& machine = kept(with);
        for (;;) {
            const coding_step step =
                machine.encode(rest, byte_span{coded}.from(count), coding_end::finish);
            rest = rest.from(step.read);
            count += step.written;
            if (step.state == coding_state::failed) throw_fault();
            if (step.state == coding_state::ended) break;
            if (count == coded.size()) return;  // it is no shorter
        }
        coded.resize(count);
        made.with(http::body{std::move(coded)});
        mark_coded(made, with);
    }

    /// The machine for small bodies, as new. Nobody waits while it is used.
    [[nodiscard]] encoder& kept(coding with) {
        std::optional<encoder>& place = machines_[static_cast<std::size_t>(with)];
        if (place) {
            place->reset();
        } else {
            place.emplace(with);
        }
        return *place;
    }

    compress_options options_;
    std::array<std::optional<encoder>, 4> machines_;  // by coding
};

middleware compress(compress_options options) { return compressor{options}; }

}  // namespace patio::http
