// SPDX-License-Identifier: MIT

// The floor for HTTP: epoll with edges, registered once for each connection.
//
//     bench_http_floor http plaintext | http json | http file FILE | --about

#include "floor_http.hpp"
#include "../net/floor_edges.hpp"

#include <sys/sendfile.h>

namespace {

using namespace floor_of;

class connection {
public:
    connection(int descriptor, const fixed_answer& answer)
        : descriptor_{descriptor}, answer_{answer} {}
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection() { close(descriptor_); }

    /// Answers what has come; false when the connection is at its end. A read that does not fill
    /// the buffer has emptied the socket, and there will be an edge when more comes.
    bool serve(bool has_end) {
        static char buffer[buffer_size];
        if (!send_owed()) return !is_broken_;
        for (;;) {
            const ssize_t count = recv(descriptor_, buffer, sizeof buffer, MSG_DONTWAIT);
            if (count < 0 && errno == EAGAIN) return true;
            if (count <= 0) return false;
            const auto length = static_cast<std::size_t>(count);
            owed_ += requests_.take({buffer, length});
            if (!send_owed()) return !is_broken_;
            if (length < sizeof buffer && !has_end) return true;
        }
    }

private:
    /// Whether all answers are sent; if not, there will be an edge when there is space.
    bool send_owed() {
        for (; owed_ > 0; --owed_) {
            while (sent_ < answer_.bytes) {
                const ssize_t count = send_some();
                if (count <= 0) {
                    is_broken_ = count == 0 || errno != EAGAIN;
                    return false;
                }
                sent_ += static_cast<std::size_t>(count);
            }
            sent_ = 0;
        }
        return true;
    }

    ssize_t send_some() {
        const std::size_t text_bytes = answer_.text.size();
        if (sent_ < text_bytes) {
            const int more = answer_.file < 0 ? 0 : MSG_MORE;
            return send(descriptor_, answer_.text.data() + sent_, text_bytes - sent_,
                        MSG_DONTWAIT | MSG_NOSIGNAL | more);
        }
        auto offset = static_cast<off_t>(sent_ - text_bytes);
        return sendfile(descriptor_, answer_.file, &offset, answer_.bytes - sent_);
    }

    int descriptor_;
    const fixed_answer& answer_;
    request_counter requests_;
    std::size_t owed_ = 0;  // answers, the first of which may be sent in part
    std::size_t sent_ = 0;
    bool is_broken_ = false;
};

}  // namespace

int main(int argc, char** argv) {
    const std::string_view scheme = argc > 1 ? argv[1] : "";
    const std::string_view page = argc > 2 ? argv[2] : "";
    if (scheme == "--about") {
        std::printf("epoll, edges (%s)\n", bench::compiler);
        return 0;
    }
    if (scheme != "http") return 3;
    fixed_answer answer;
    if (page == "plaintext") {
        answer = answer_of("text/plain; charset=utf-8", pages::plaintext);
    } else if (page == "json") {
        answer = answer_of("application/json", pages::json);
    } else if (page == "file" && argc == 4) {
        answer = answer_with_file(argv[3]);
    } else {
        return 3;
    }
    raise_descriptor_limit();
    serve_edges<connection>(listen_as("tcp", nullptr), [&answer](int descriptor) {
        return new connection{descriptor, answer};
    });
}
