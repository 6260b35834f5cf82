// SPDX-License-Identifier: MIT

// The echo server on libuv: tries to write at once, and queues what the peer has no room for.

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <netinet/in.h>
#include <signal.h>
#include <uv.h>

namespace {

constexpr std::size_t buffer_size = std::size_t{32} * 1024;

struct connection {
    union {
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    uv_write_t request;
    char buffer[buffer_size];
};

bool over_tcp = false;

void free_connection(uv_handle_t* handle) { delete static_cast<connection*>(handle->data); }

void end(connection* on) { uv_close(reinterpret_cast<uv_handle_t*>(&on->stream), free_connection); }

void give_buffer(uv_handle_t* handle, std::size_t, uv_buf_t* given) {
    auto* on = static_cast<connection*>(handle->data);
    *given = uv_buf_init(on->buffer, buffer_size);
}

void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer);

void on_written(uv_write_t* request, int status) {
    auto* on = static_cast<connection*>(request->data);
    if (status < 0) {
        end(on);
    } else {
        uv_read_start(&on->stream, give_buffer, on_read);
    }
}

void on_read(uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
    auto* on = static_cast<connection*>(stream->data);
    if (count < 0) {
        end(on);
        return;
    }
    if (count == 0) return;
    const auto length = static_cast<unsigned>(count);
    uv_buf_t all = uv_buf_init(buffer->base, length);
    const int written = uv_try_write(stream, &all, 1);
    if (written == static_cast<int>(length)) return;
    const unsigned done = written > 0 ? static_cast<unsigned>(written) : 0;
    uv_buf_t rest = uv_buf_init(buffer->base + done, length - done);
    uv_read_stop(stream);
    uv_write(&on->request, stream, &rest, 1, on_written);
}

void on_connection(uv_stream_t* listener, int status) {
    if (status < 0) return;
    auto* on = new connection;
    if (over_tcp) {
        uv_tcp_init(listener->loop, &on->tcp);
    } else {
        uv_pipe_init(listener->loop, &on->pipe, 0);
    }
    on->stream.data = on;
    on->request.data = on;
    if (uv_accept(listener, &on->stream) != 0) {
        end(on);
        return;
    }
    if (over_tcp) uv_tcp_nodelay(&on->tcp, 1);
    uv_read_start(&on->stream, give_buffer, on_read);
}

void listen_on(uv_stream_t* listener) {
    if (uv_listen(listener, 4096, on_connection) != 0) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view family = argc > 1 ? argv[1] : "";
    if (family == "--about") {
        std::printf("libuv %s\n", uv_version_string());
        return 0;
    }
    signal(SIGPIPE, SIG_IGN);  // libuv leaves it to the program
    uv_loop_t* loop = uv_default_loop();
    uv_tcp_t tcp;
    uv_pipe_t pipe;
    over_tcp = family == "tcp";
    if (over_tcp) {
        sockaddr_in at{};
        uv_ip4_addr("127.0.0.1", 0, &at);
        uv_tcp_init(loop, &tcp);
        uv_tcp_bind(&tcp, reinterpret_cast<const sockaddr*>(&at), 0);
        listen_on(reinterpret_cast<uv_stream_t*>(&tcp));
        int length = sizeof at;
        uv_tcp_getsockname(&tcp, reinterpret_cast<sockaddr*>(&at), &length);
        std::printf("listening %d\n", ntohs(at.sin_port));
    } else if (family == "unix" && argc == 3) {
        uv_pipe_init(loop, &pipe, 0);
        uv_pipe_bind(&pipe, argv[2]);
        listen_on(reinterpret_cast<uv_stream_t*>(&pipe));
        std::printf("listening %s\n", argv[2]);
    } else {
        return 3;
    }
    std::fflush(stdout);
    uv_run(loop, UV_RUN_DEFAULT);
}
