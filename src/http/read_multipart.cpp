// SPDX-License-Identifier: MIT

#include <patio/http/read_multipart.hpp>

#include "multipart_reader.hpp"

#include <patio/core/errors.hpp>
#include <patio/http/response.hpp>

#include <algorithm>

namespace patio::http {

namespace {

constexpr std::size_t piece_bytes = std::size_t{16} << 10;

[[noreturn]] void throw_fault(multipart_fault fault) {
    switch (fault) {
        case multipart_fault::parts_max:
            throw status_error{413, "reading a form with more parts than the limit parts_max"};
        case multipart_fault::part_header_bytes_max:
            throw status_error{413, "reading a form with a head beyond part_header_bytes_max"};
        case multipart_fault::truncated:
            throw status_error{400, "reading a form that is cut off"};
        case multipart_fault::extended_filename:
            throw status_error{400, "reading a form with filename*, which forms must not have"};
        default:
            throw status_error{400, "reading a form that is malformed"};
    }
}

}  // namespace

/// Invariant: `pending` is a view of `input`'s bytes or of the machine's, and is used up before the
/// machine is called again.
struct detail::multipart_state {
    multipart_state(http::body content, std::string_view boundary, multipart_options options)
        : from{std::move(content)},
          machine{boundary, multipart_limits{}
                                .parts_max(options.parts_max_)
                                .part_header_bytes_max(options.part_header_bytes_max_)},
          bytes_left{options.bytes_max_} {}

    http::body from;
    multipart_reader machine;
    std::uint64_t bytes_left;
    std::string buffer;
    byte_view input;
    byte_view pending;        // of the part's body
    std::size_t part = 0;     // the number of the current one
    bool is_in_part = false;  // more of it is to come
    bool has_ended = false;

    using shared = std::shared_ptr<multipart_state>;

    /// Never `wants_input`, and never `failed`.
    static async<multipart_event> next_event(shared form) {
        for (;;) {
            const multipart_event event = form->machine.next(form->input);
            if (event == multipart_event::failed) throw_fault(form->machine.fault());
            if (event != multipart_event::wants_input) co_return event;
            form->buffer.resize(piece_bytes);
            auto reading = form->from.read_some(byte_span{form->buffer});
            const std::size_t count = co_await std::move(reading);
            if (count == 0) throw_fault(form->machine.finish());
            if (count > form->bytes_left) {
                throw status_error{413, "reading a form beyond the limit bytes_max"};
            }
            form->bytes_left -= count;
            form->input = byte_view{form->buffer}.first(count);
        }
    }

    static async<std::size_t> read(shared form, std::size_t part, byte_span target) {
        if (form->part != part) {
            throw usage_error{"a part of a form was read after the form had gone on to the next"};
        }
        while (form->pending.empty() && form->is_in_part) {
            auto asking = next_event(form);
            const multipart_event event = co_await std::move(asking);
            if (event == multipart_event::body) form->pending = form->machine.body();
            if (event == multipart_event::part_end) form->is_in_part = false;
        }
        const std::size_t count = std::min(target.size(), form->pending.size());
        std::copy_n(form->pending.data(), count, target.data());
        form->pending = form->pending.from(count);
        co_return count;
    }

    static async<std::optional<multipart_part>> next(shared form) {
        form->pending = {};
        while (!form->has_ended) {
            auto asking = next_event(form);
            const multipart_event event = co_await std::move(asking);
            if (event == multipart_event::part_end) form->is_in_part = false;
            if (event == multipart_event::end) form->has_ended = true;
            if (event == multipart_event::part) co_return begin_part(form);
        }
        ++form->part;
        co_return std::nullopt;
    }
    static multipart_part begin_part(const shared& form);
};

namespace {

class part_source final : public body_source {
public:
    part_source(std::shared_ptr<detail::multipart_state> form, std::size_t part) noexcept
        : form_{std::move(form)}, part_{part} {}
    PATIO_DETAIL_COROUTINE_WRAPPER async<std::size_t> read_some(byte_span target) override {
        return detail::multipart_state::read(form_, part_, target);
    }

private:
    std::shared_ptr<detail::multipart_state> form_;
    std::size_t part_;
};

}  // namespace

multipart_part detail::multipart_state::begin_part(const shared& form) {
    form->is_in_part = true;
    ++form->part;
    multipart_part made;
    made.name_ = form->machine.name();
    made.filename_ = form->machine.filename();
    made.headers_ = form->machine.part_headers();
    made.body_ = http::body{std::make_unique<part_source>(form, form->part)};
    return made;
}

multipart_part::multipart_part(multipart_part&& other) noexcept = default;
multipart_part& multipart_part::operator=(multipart_part&& other) noexcept = default;
multipart_part::~multipart_part() = default;

std::string_view multipart_part::content_type() const noexcept {
    return headers_.get("Content-Type").value_or("text/plain");
}
async<std::string> multipart_part::text(std::size_t bytes_max) { return body_.text(bytes_max); }
async<std::uint64_t> multipart_part::save_to(std::string path) {
    return body_.save_to(std::move(path));
}

multipart_form::multipart_form(std::shared_ptr<detail::multipart_state> state) noexcept
    : state_{std::move(state)} {}
multipart_form::multipart_form(multipart_form&& other) noexcept = default;
multipart_form& multipart_form::operator=(multipart_form&& other) noexcept = default;
multipart_form::~multipart_form() = default;

async<std::optional<multipart_part>> multipart_form::next() {
    return detail::multipart_state::next(state_);
}

multipart_form read_multipart(request& asked, multipart_options options) {
    const auto boundary = multipart_boundary(asked.header("Content-Type").value_or(""));
    if (!boundary) throw status_error{415, "reading a form that is no multipart/form-data"};
    http::body content = std::move(asked.body());
    return multipart_form{
        std::make_shared<detail::multipart_state>(std::move(content), *boundary, options)};
}

}  // namespace patio::http
