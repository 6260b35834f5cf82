// SPDX-License-Identifier: MIT

#include "llhttp_reader.hpp"

#include "lists.hpp"
#include "meaning.hpp"

#include <llhttp.h>

#include <cstddef>

namespace patio::wire::http {

struct llhttp_reader::state {
    llhttp_t parser{};
    asked request;
    std::string_view target;
    std::string_view reason;
    std::vector<field> fields;
    bool is_method_known = false;
    bool is_head_complete = false;
    bool is_complete = false;
    bool is_chunk_begun = false;
    byte_view body;

    /// Runs llhttp over a section. **Returns** whether it took all of it.
    bool execute(std::string_view text) {
        body = {};
        is_chunk_begun = false;
        return llhttp_execute(&parser, text.data(), text.size()) == HPE_OK;
    }
    void start() {
        llhttp_reset(&parser);
        target = {};
        reason = {};
        fields.clear();
        is_method_known = false;
        is_head_complete = false;
        is_complete = false;
    }
};

namespace {

template <class State>
State& state_of(llhttp_t* parser) noexcept {
    return *static_cast<State*>(parser->data);
}

/// llhttp tells a text in pieces where it sees fit; a section lies in one piece of memory, so the
/// pieces touch.
void append(std::string_view& text, const char* at, std::size_t length) noexcept {
    text = text.data() == nullptr || text.empty()
               ? std::string_view{at, length}
               : std::string_view{text.data(), static_cast<std::size_t>(at - text.data()) + length};
}

/// How llhttp tells what it found. A class, because only its parts see the state.
template <class State>
struct callbacks {
    static int on_url(llhttp_t* parser, const char* at, std::size_t length) {
        state_of<State>(parser).is_method_known = true;
        append(state_of<State>(parser).target, at, length);
        return 0;
    }
    static int on_status(llhttp_t* parser, const char* at, std::size_t length) {
        append(state_of<State>(parser).reason, at, length);
        return 0;
    }
    static int on_header_field(llhttp_t* parser, const char* at, std::size_t length) {
        auto& all = state_of<State>(parser).fields;
        if (all.empty() || all.back().value.data() != nullptr) all.emplace_back();
        append(all.back().name, at, length);
        return 0;
    }
    static int on_header_value(llhttp_t* parser, const char* at, std::size_t length) {
        auto& all = state_of<State>(parser).fields;
        if (all.empty()) return HPE_USER;
        append(all.back().value, at, length);
        return 0;
    }
    static int on_headers_complete(llhttp_t* parser) {
        State& state = state_of<State>(parser);
        state.is_head_complete = true;
        // Whether the connection goes over to another protocol is not decided by a head.
        parser->upgrade = 0;
        const bool is_answer = parser->type == HTTP_RESPONSE;
        return is_answer && is_bodiless(parser->status_code, state.request) ? 1 : 0;
    }
    static int on_body(llhttp_t* parser, const char* at, std::size_t length) {
        state_of<State>(parser).body = byte_view{at, length};
        return 0;
    }
    static int on_chunk_header(llhttp_t* parser) {
        state_of<State>(parser).is_chunk_begun = true;
        return 0;
    }
    static int on_message_complete(llhttp_t* parser) {
        state_of<State>(parser).is_complete = true;
        return 0;
    }

    static llhttp_settings_t make_settings() noexcept {
        llhttp_settings_t settings;
        llhttp_settings_init(&settings);
        settings.on_url = on_url;
        settings.on_status = on_status;
        settings.on_header_field = on_header_field;
        settings.on_header_value = on_header_value;
        settings.on_headers_complete = on_headers_complete;
        settings.on_body = on_body;
        settings.on_chunk_header = on_chunk_header;
        settings.on_message_complete = on_message_complete;
        return settings;
    }
};

}  // namespace

llhttp_reader::llhttp_reader(kind what) : state_{std::make_unique<state>()} {
    static const llhttp_settings_t settings = callbacks<state>::make_settings();
    llhttp_init(&state_->parser, what == kind::request ? HTTP_REQUEST : HTTP_RESPONSE, &settings);
    state_->parser.data = state_.get();
}

llhttp_reader::~llhttp_reader() = default;

bool llhttp_reader::is_complete() const noexcept { return state_->is_complete; }

bool llhttp_reader::has_same_fields(fields expected) const noexcept {
    if (state_->fields.size() != expected.size()) return false;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const field& found = state_->fields[i];
        const std::string_view value =
            without_blanks(found.value);  // llhttp leaves those behind it
        // The same places of one text: bytes need not be compared.
        if (found.name.data() != expected[i].name.data() ||
            found.name.size() != expected[i].name.size() ||
            value.size() != expected[i].value.size()) {
            return false;
        }
        if (!value.empty() && value.data() != expected[i].value.data()) return false;
    }
    return true;
}

bool llhttp_reader::has_same_head(const head_meaning& meaning, version spoken,
                                  fields expected) const noexcept {
    const llhttp_t& parser = state_->parser;
    if (parser.http_major != 1 || parser.http_minor != (spoken == version::http_1_1 ? 1 : 0))
        return false;
    if (!has_same_fields(expected)) return false;
    const bool is_chunked = (parser.flags & F_CHUNKED) != 0;
    const bool has_length = (parser.flags & F_CONTENT_LENGTH) != 0;
    switch (meaning.body.kind) {
        case body_kind::none:
            return state_->is_complete;
        case body_kind::chunked:
            return !state_->is_complete && is_chunked && !has_length;
        case body_kind::until_close:
            return !state_->is_complete && !is_chunked && !has_length;
        case body_kind::length:
            break;
    }
    if (meaning.body.bytes == 0) return state_->is_complete;
    return !state_->is_complete && has_length && !is_chunked &&
           parser.content_length == meaning.body.bytes;
}

llhttp_reader::verdict llhttp_reader::read_head(std::string_view text,
                                                const request_head& expected) {
    state_->start();
    if (!state_->execute(text)) {
        const int code = llhttp_get_errno(&state_->parser);
        // Names of RTSP are methods to it until it sees that the protocol is another one.
        const bool is_foreign = state_->fields.empty() && code == HPE_INVALID_CONSTANT;
        return !state_->is_method_known || is_foreign ? verdict::knows_no_such_method
                                                      : verdict::disagrees;
    }
    const bool is_same = state_->is_head_complete && state_->target == expected.target &&
                         has_same_head(expected.meaning, expected.version, expected.fields);
    return is_same ? verdict::agrees : verdict::disagrees;
}

llhttp_reader::verdict llhttp_reader::read_head(std::string_view text,
                                                const response_head& expected,
                                                const asked& request) {
    state_->start();
    state_->request = request;
    const bool is_same = state_->execute(text) && state_->is_head_complete &&
                         state_->parser.status_code == expected.status &&
                         state_->reason == expected.reason &&
                         has_same_head(expected.meaning, expected.version, expected.fields);
    return is_same ? verdict::agrees : verdict::disagrees;
}

bool llhttp_reader::read_chunk_size(std::string_view digits, std::uint64_t& size) {
    if (!state_->execute(digits) || !state_->execute("\r\n") || !state_->is_chunk_begun)
        return false;
    size = state_->parser.content_length;
    state_->fields.clear();  // those of trailers come next, if it is the last one
    return true;
}

bool llhttp_reader::read_body(byte_view bytes) {
    const bool is_read =
        state_->execute({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return is_read && state_->body.data() == bytes.data() && state_->body.size() == bytes.size();
}

bool llhttp_reader::read_chunk_end() { return state_->execute("\r\n"); }

bool llhttp_reader::read_trailers(std::string_view text, fields expected) {
    return state_->execute(text) && state_->is_complete && has_same_fields(expected);
}

bool llhttp_reader::finish() {
    return llhttp_finish(&state_->parser) == HPE_OK && state_->is_complete;
}

}  // namespace patio::wire::http
