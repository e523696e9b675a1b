declare const status: HTMLElement, stop: HTMLElement, list: HTMLElement;
{{block}}
