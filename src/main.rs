//! The binary: the library's `main`, and the allocator that serves it.

/// Parsing makes and drops millions of small texts and maps on several threads; glibc's allocator took a third of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    kiln::main()
}
