// SPDX-License-Identifier: MIT

#include <patio/http/event_stream.hpp>

#include <patio/core/error.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/core/timeout.hpp>

#include <algorithm>
#include <exception>
#include <memory>

namespace patio::http {

namespace {

void check_line(std::string_view text, std::string_view forbidden) {
    if (text.find_first_of(forbidden) == std::string_view::npos) return;
    throw error{errc::malformed, "making an event: a name or an id with a line end in it"};
}

/// Each line with the field's name before it. A line ends with CRLF, LF or CR.
void append_lines(std::string& to, std::string_view field, std::string_view text) {
    for (;;) {
        const std::size_t end = text.find_first_of("\r\n");
        to.append(field).append(text.substr(0, end)).append("\n");
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
    }
}

constexpr std::string_view comment = ":\n\n";

/// The text of what comes next; empty at the end.
async<std::string> next_text(async_generator<server_event>& events) {
    auto asking = events.next();
    const auto next = co_await std::move(asking);
    co_return next ? next->to_string() : std::string{};
}

/// What a stream and the task that runs its generator share: each may end before the other.
struct event_pump {
    explicit event_pump(async_generator<server_event> all) noexcept : events{std::move(all)} {}

    async_generator<server_event> events;
    event wanted;      // the stream wants the next one
    event given;       // here it is:
    std::string text;  // empty at the end
    std::exception_ptr failure;
};

async<> run_pump(std::shared_ptr<event_pump> pump) {
    for (bool has_ended = false; !has_ended;) {
        co_await pump->wanted.wait();
        pump->wanted.clear();
        try {
            auto taking = next_text(pump->events);
            pump->text = co_await std::move(taking);
        } catch (...) {
            pump->failure = std::current_exception();
        }
        has_ended = pump->text.empty();
        pump->given.set();
    }
}

async<> wait_until_given(std::shared_ptr<event_pump> pump) { co_await pump->given.wait(); }

class event_source final : public body_source {
public:
    event_source(async_generator<server_event> events, duration keep_alive)
        : pump_{std::make_shared<event_pump>(std::move(events))}, keep_alive_{keep_alive} {}
    ~event_source() override {
        if (has_pump_) pumping_.cancel("the response was dropped");
    }

    async<std::size_t> read_some(byte_span target) override {
        if (taken_ == text_.size() && !has_ended_) {
            auto taking = keep_alive_ == duration::forever() ? take_next() : take_next_or_comment();
            co_await std::move(taking);
        }
        const std::size_t count = std::min(target.size(), text_.size() - taken_);
        std::copy_n(reinterpret_cast<const std::byte*>(text_.data()) + taken_, count,
                    target.data());
        taken_ += count;
        co_return count;
    }

private:
    void take(std::string text) noexcept {
        has_ended_ = text.empty();
        text_ = std::move(text);
        taken_ = 0;
    }
    async<> take_next() {
        auto taking = next_text(pump_->events);
        std::string text = co_await std::move(taking);
        take(std::move(text));
    }
    async<> take_next_or_comment() {
        if (!has_asked_) ask();
        auto waiting = wait_until_given(pump_);
        const bool is_given = co_await move_on_after(keep_alive_, std::move(waiting));
        if (!is_given) {
            take(std::string{comment});
            co_return;
        }
        has_asked_ = false;
        pump_->given.clear();
        take(std::exchange(pump_->text, {}));
        if (pump_->failure != nullptr) std::rethrow_exception(std::exchange(pump_->failure, {}));
    }
    void ask() {
        if (!has_pump_) pumping_ = create_task(run_pump(pump_));
        has_pump_ = true;
        has_asked_ = true;
        pump_->wanted.set();
    }

    std::shared_ptr<event_pump> pump_;
    duration keep_alive_;
    task<void> pumping_;
    bool has_pump_ = false;
    bool has_asked_ = false;  // and has not got it yet
    std::string text_;
    std::size_t taken_ = 0;
    bool has_ended_ = false;
};

}  // namespace

server_event& server_event::name(std::string name) & {
    check_line(name, "\r\n");
    name_ = std::move(name);
    return *this;
}

server_event& server_event::id(std::string id) & {
    check_line(id, std::string_view{"\r\n\0", 3});
    id_ = std::move(id);
    return *this;
}

std::string server_event::to_string() const {
    std::string text;
    if (!name_.empty()) text.append("event: ").append(name_).append("\n");
    if (id_) text.append("id: ").append(*id_).append("\n");
    if (retry_) {
        constexpr std::int64_t millisecond = 1'000'000;
        const std::int64_t length = std::max<std::int64_t>(retry_->count() / millisecond, 0);
        text.append("retry: ").append(std::to_string(length)).append("\n");
    }
    if (data_) append_lines(text, "data: ", *data_);
    return text.append("\n");
}

response event_stream(async_generator<server_event> events, duration keep_alive) {
    response made{http::body{std::make_unique<event_source>(std::move(events), keep_alive)}};
    made.with("Content-Type", "text/event-stream").with("Cache-Control", "no-store");
    return made;
}

}  // namespace patio::http
