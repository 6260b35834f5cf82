// SPDX-License-Identifier: MIT

#include "support/second_reader.hpp"

#include "wire_http/meaning.hpp"

#include <llhttp.h>

#include <utility>
#include <vector>

namespace patio::testing {

namespace {

struct seen_field {
    std::string name;
    std::string value;
    bool has_value = false;
};

std::string without_blanks(const std::string& text) {  // llhttp leaves those behind a value
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string text_of(const std::vector<seen_field>& fields) {
    std::string text;
    for (const seen_field& each : fields)
        text += " [" + each.name + "=" + without_blanks(each.value) + "]";
    return text;
}

}  // namespace

struct second_reader::state {
    llhttp_t parser{};
    wire::http::asked request;
    std::string target;
    std::string reason;
    std::string head;
    std::string body;
    std::vector<seen_field> fields;  // of the head, and then of the trailers
    std::string error;
    std::string line;  // what has come of it
    bool refuses_extension = false;
    bool is_begun = false;
    bool is_complete = false;

    static state& of(llhttp_t* parser) { return *static_cast<state*>(parser->data); }
    static int on_url(llhttp_t* parser, const char* at, std::size_t length) {
        of(parser).target.append(at, length);
        return 0;
    }
    static int on_status(llhttp_t* parser, const char* at, std::size_t length) {
        of(parser).reason.append(at, length);
        return 0;
    }
    static int on_header_field(llhttp_t* parser, const char* at, std::size_t length) {
        auto& all = of(parser).fields;
        if (all.empty() || all.back().has_value) all.emplace_back();
        all.back().name.append(at, length);
        return 0;
    }
    static int on_header_field_complete(llhttp_t* parser) {
        of(parser).fields.back().has_value = true;
        return 0;
    }
    static int on_header_value(llhttp_t* parser, const char* at, std::size_t length) {
        of(parser).fields.back().value.append(at, length);
        return 0;
    }
    static int on_headers_complete(llhttp_t* parser) {
        state& self = of(parser);
        self.head = self.describe();
        self.fields.clear();
        // Whether the connection goes over to another protocol is not decided by a head.
        parser->upgrade = 0;
        const bool is_answer = parser->type == HTTP_RESPONSE;
        return is_answer && wire::http::is_bodiless(parser->status_code, self.request) ? 1 : 0;
    }
    static int on_body(llhttp_t* parser, const char* at, std::size_t length) {
        of(parser).body.append(at, length);
        return 0;
    }
    static int on_message_complete(llhttp_t* parser) {
        of(parser).is_complete = true;
        return HPE_PAUSED;  // what follows belongs to the next one
    }

    void note_error(llhttp_errno_t code, std::string_view bytes) {
        const char* words = llhttp_get_error_reason(&parser);
        error = std::string{llhttp_errno_name(code)} + " " + (words != nullptr ? words : "");
        const auto read = static_cast<std::size_t>(llhttp_get_error_pos(&parser) - bytes.data());
        note_line(bytes.substr(0, read));
        const bool is_in_chunk_line = code == HPE_INVALID_CHUNK_SIZE ||
                                      error.find("in chunk extensions") != std::string::npos;
        refuses_extension = is_in_chunk_line && line.find(';') != std::string::npos;
    }
    void note_line(std::string_view bytes) {
        const std::size_t end = bytes.rfind('\n');
        if (end != std::string_view::npos) line.clear();
        line += bytes.substr(end == std::string_view::npos ? 0 : end + 1);
    }

    [[nodiscard]] std::string describe() const {
        std::string text;
        if (parser.type == HTTP_REQUEST) {
            text = llhttp_method_name(static_cast<llhttp_method_t>(parser.method));
            text += " " + target;
        } else {
            text = std::to_string(parser.status_code) + " '" + reason + "'";
        }
        text += " " + std::to_string(parser.http_major) + "." + std::to_string(parser.http_minor);
        text += text_of(fields);
        if ((parser.flags & F_CHUNKED) != 0) text += " chunked";
        if ((parser.flags & F_CONTENT_LENGTH) != 0)
            text += " length=" + std::to_string(parser.content_length);
        return text;
    }
};

namespace {

template <class State>
llhttp_settings_t settings_for() noexcept {
    llhttp_settings_t settings;
    llhttp_settings_init(&settings);
    settings.on_url = State::on_url;
    settings.on_status = State::on_status;
    settings.on_header_field = State::on_header_field;
    settings.on_header_field_complete = State::on_header_field_complete;
    settings.on_header_value = State::on_header_value;
    settings.on_headers_complete = State::on_headers_complete;
    settings.on_body = State::on_body;
    settings.on_message_complete = State::on_message_complete;
    return settings;
}

}  // namespace

second_reader::second_reader(kind what) : state_{std::make_unique<state>()} {
    static const llhttp_settings_t settings = settings_for<state>();
    llhttp_init(&state_->parser, what == kind::request ? HTTP_REQUEST : HTTP_RESPONSE, &settings);
    state_->parser.data = state_.get();
}
second_reader::second_reader(second_reader&& other) noexcept = default;
second_reader& second_reader::operator=(second_reader&& other) noexcept = default;
second_reader::~second_reader() = default;

void second_reader::begin(const wire::http::asked& request) { state_->request = request; }

void second_reader::feed(std::string_view bytes) {
    if (bytes.empty() || !state_->error.empty()) return;
    if (!state_->is_begun || state_->is_complete) {
        llhttp_reset(&state_->parser);
        state_->target.clear();
        state_->reason.clear();
        state_->head.clear();
        state_->body.clear();
        state_->fields.clear();
        state_->is_complete = false;
        state_->is_begun = true;
    }
    const llhttp_errno_t code = llhttp_execute(&state_->parser, bytes.data(), bytes.size());
    if (code == HPE_OK) return state_->note_line(bytes);
    // The end of a message is the end of what was given, if both see it in the same place.
    const bool is_end = code == HPE_PAUSED && state_->is_complete &&
                        llhttp_get_error_pos(&state_->parser) == bytes.data() + bytes.size();
    if (!is_end) state_->note_error(code, bytes);
}

void second_reader::finish() { (void)llhttp_finish(&state_->parser); }

std::string second_reader::head() const {
    return state_->error.empty() ? state_->head : state_->error;
}
const std::string& second_reader::body() const noexcept { return state_->body; }
std::string second_reader::trailers() const { return text_of(state_->fields); }
bool second_reader::is_complete() const noexcept { return state_->is_complete; }
bool second_reader::has_given_up() const noexcept { return state_->refuses_extension; }

}  // namespace patio::testing
