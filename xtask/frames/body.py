import bookshop
from bookshop import rapace


async def main() -> None:
    {{block}}
