"""Who is a host here, and who only looks like one."""
